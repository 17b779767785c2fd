package main_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/dependencies"
)

var update = flag.Bool("update", false, "write dependencies.txt anew")

func TestWhatTheProgramLinks(t *testing.T) {
	linked, err := dependencies.Of(".")
	require.NoError(t, err)
	require.NotEmpty(t, linked.Kubernetes(), "this is the program that speaks to Kubernetes")
	for _, component := range []string{"model", "trainer", "predictor"} {
		require.NotContains(t, linked.Own(), component, "a night uses events and mlflow alone")
	}
	require.NoError(t, linked.Compare("dependencies.txt", *update))
}
