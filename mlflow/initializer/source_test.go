package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURIs(t *testing.T) {
	for _, c := range []struct {
		name, uri string
		want      Source
	}{
		{"a version", "mlflow://recommender/13", Source{Model: "recommender", Version: "13"}},
		{"an alias", "mlflow://recommender@champion", Source{Model: "recommender", Alias: "champion"}},
		{"no version", "mlflow://recommender", Source{}},
		{"no model", "mlflow:///13", Source{}},
		{"a version of 0", "mlflow://recommender/0", Source{}},
		{"a version with a zero before it, which would name another folder", "mlflow://recommender/013", Source{}},
		{"a version that leads out of the folder", "mlflow://recommender/../13", Source{}},
		{"more after the version", "mlflow://recommender/13/model", Source{}},
		{"an empty alias", "mlflow://recommender@", Source{}},
		{"a folder of a run", "mlflow-run://0a1b/model", Source{Run: "0a1b", Path: "model"}},
		{"a folder below another", "mlflow-run://0a1b/models/best", Source{Run: "0a1b", Path: "models/best"}},
		{"a run without a folder", "mlflow-run://0a1b", Source{}},
		{"a run whose folder leads out", "mlflow-run://0a1b/../model", Source{}},
		{"no run", "mlflow-run:///model", Source{}},
		{"another scheme", "models:/recommender/13", Source{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, err := ParseSource(c.uri)
			require.Equal(t, c.want, source)
			if (c.want == Source{}) {
				require.ErrorContains(t, err, "mlflow://recommender/13")
			} else {
				require.NoError(t, err)
			}
		})
	}
}

func FuzzParseSource(f *testing.F) {
	f.Add("mlflow://recommender/13")
	f.Add("mlflow://recommender@champion")
	f.Add("mlflow://../..")
	f.Add("mlflow-run://0a1b/model")
	f.Fuzz(func(t *testing.T, uri string) {
		source, err := ParseSource(uri)
		if err != nil {
			return
		}
		require.NotEqual(t, source.Model == "", source.Run == "")
		require.Equal(t, source.Model != "", (source.Version == "") != (source.Alias == ""))
		require.False(t, strings.ContainsAny(source.Version, "./\\"), "it becomes a folder's name")
	})
}
