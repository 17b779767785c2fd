package compile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/compile"
	"github.com/daybreak-ml/daybreak/pipelines/shoptest"
)

var update = flag.Bool("update", false, "write the golden document anew")

func options() compile.Options {
	return compile.Options{Image: "ghcr.io/daybreak-ml/pipelines:1.0.0", Claim: "daybreak-data"}
}

func TestTheDocumentIsTheGoldenOne(t *testing.T) {
	document, err := compile.Night(options())
	require.NoError(t, err)
	golden := filepath.Join("testdata", "night.yaml")
	if *update {
		require.NoError(t, os.WriteFile(golden, document, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(document))
}

// toolsPython is the interpreter of the environment that holds Kubeflow's SDK.
func toolsPython(t *testing.T) string {
	t.Helper()
	python := os.Getenv("DAYBREAK_TOOLS_PYTHON")
	if python == "" {
		python = filepath.Join(shoptest.Root(), ".venv-tools", "bin", "python")
	}
	require.FileExists(t, python, "make .venv-tools installs it from requirements/pytools.txt")
	return python
}

func TestKubeflowsSDKReadsTheDocument(t *testing.T) {
	document, err := compile.Night(options())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "night.yaml")
	require.NoError(t, os.WriteFile(path, document, 0o600))

	load := exec.Command(toolsPython(t), filepath.Join("testdata", "load.py"), path)
	var said bytes.Buffer
	load.Stderr = &said
	stdout, err := load.Output()
	require.NoError(t, err, said.String())
	var read struct {
		Name   string
		Inputs map[string]bool // whether it is optional
		Tasks  []string
		Order  map[string][]string
		Images []string
		Mounts []string
	}
	require.NoError(t, json.Unmarshal(stdout, &read))
	require.Equal(t, "daybreak-night", read.Name)
	require.Equal(t, map[string]bool{
		"date": false, "source": true, "mapping": true, "mlflow_uri": true, "predictor_url": true, "model_name": true,
	}, read.Inputs)
	require.Equal(t, map[string][]string{
		"ingest": {}, "check": {"ingest"}, "prequential": {"check"}, "train": {"prequential"},
		"log": {"train"}, "register": {"log"}, "gate": {"register"}, "serve": {"gate"},
	}, read.Order)
	require.Equal(t, []string{"ghcr.io/daybreak-ml/pipelines:1.0.0"}, read.Images)
	require.Len(t, read.Mounts, 8, "every step sees the volume")
}
