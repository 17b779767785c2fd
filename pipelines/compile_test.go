package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/compile"
)

// TestTheCompiledStepsDoANight runs the containers' command lines of the pipeline document here, one
// after the other, twice.
func TestTheCompiledStepsDoANight(t *testing.T) {
	h := newHouse(t)
	h.startPredictor()
	path := filepath.Join(t.TempDir(), "night.yaml")
	code, _, stderr := h.run("compile", "--out", path)
	require.Zero(t, code, stderr)
	document, err := os.ReadFile(path)
	require.NoError(t, err)
	text, _, _ := strings.Cut(string(document), "\n---\n")
	var pipeline compile.Pipeline
	require.NoError(t, yaml.Unmarshal([]byte(text), &pipeline))

	parameters := map[string]string{
		"date": h.day(0).String(), "source": h.shop.Export, "mapping": h.shop.Mapping,
		"mlflow_uri": h.mlflowURI, "predictor_url": h.predictor, "model_name": h.model,
	}
	t.Setenv("DAYBREAK_TRAINER", shared.trainer) // beside the program in its image
	t.Setenv("DAYBREAK_TRAIN_CONFIG", h.config)
	t.Setenv("DAYBREAK_EXPERIMENT", h.model)
	for range 2 {
		done := ""
		for range pipeline.Root.DAG.Tasks {
			for name, task := range pipeline.Root.DAG.Tasks {
				if strings.Join(task.DependentTasks, "") != done {
					continue
				}
				executor := pipeline.Components[task.ComponentRef.Name].ExecutorLabel
				args := append([]string{}, pipeline.DeploymentSpec.Executors[executor].Container.Args...)
				for i := range args {
					args[i] = strings.ReplaceAll(args[i], "/data", h.data)
					for parameter := range task.Inputs.Parameters {
						args[i] = strings.ReplaceAll(args[i], "{{$.inputs.parameters['"+parameter+"']}}", parameters[parameter])
					}
				}
				code, _, stderr := h.run(args...)
				require.Zero(t, code, "%s: %s", name, stderr)
				done = name
				break
			}
		}
		require.Equal(t, "serve", done)
	}
	require.Equal(t, "1", h.serving())
	a := h.account()
	require.Len(t, a.runs, 1)
	require.Len(t, a.versions, 1)
	require.Equal(t, "1", a.champion)
}
