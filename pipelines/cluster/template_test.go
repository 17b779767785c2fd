package cluster_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

func TestTemplatesAreOfTheirKind(t *testing.T) {
	for _, c := range []struct{ name, document, err string }{
		{"the kind that is asked for", "apiVersion: kubeflow.org/v1\nkind: PyTorchJob\n", ""},
		{"another kind", "apiVersion: batch/v1\nkind: Job\n", `is of apiVersion "batch/v1" and kind "Job"; it must be kubeflow.org/v1, PyTorchJob`},
		{"no YAML", "{", "template "},
		{"nothing", "", "it must be kubeflow.org/v1, PyTorchJob"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pytorchjob.yaml")
			require.NoError(t, os.WriteFile(path, []byte(c.document), 0o600))
			template, err := cluster.ReadTemplate(path, "kubeflow.org/v1", "PyTorchJob")
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				require.ErrorContains(t, err, path)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "PyTorchJob", template.GetKind())
		})
	}
	_, err := cluster.ReadTemplate("nosuch.yaml", "kubeflow.org/v1", "PyTorchJob")
	require.ErrorIs(t, err, os.ErrNotExist)
}
