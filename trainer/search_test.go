package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/server"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/search"
)

func TestASearchWritesSettingsThatTrainTakes(t *testing.T) {
	data, config := shop(t)
	out := filepath.Join(t.TempDir(), "best.yaml")
	args := []string{"search", "--events", data, "--config", config, "--as-of", "2024-02-08", "--trials", "3", "--out", out}
	var first, again searchSummary
	document(t, &first, args...)
	settings, err := learn.ReadSettings(out)
	require.NoError(t, err)
	require.Equal(t, first.Values, search.Values(settings))
	require.Empty(t, settings.Candidates.HistoryHalfLifeDays, "a night doesn't choose again")
	require.Empty(t, settings.Candidates.PopularityHalfLifeDays)
	require.Nil(t, settings.Blend, "but for the blend")
	require.Equal(t, 2, settings.Epochs, "what isn't searched stays")

	kept, err := os.Stat(out + ".trials.json")
	require.NoError(t, err)
	document(t, &again, args...)
	require.Equal(t, first, again)
	after, err := os.Stat(out + ".trials.json")
	require.NoError(t, err)
	require.True(t, os.SameFile(kept, after), "nothing was measured again")

	code, _, stderr := run(t, append(args, "--seed", "2")...)
	require.Equal(t, command.Failed, code)
	require.Contains(t, stderr, "remove it to begin anew")
	code, _, stderr = run(t, append(args, "--trials", "0")...)
	require.Equal(t, command.Misused, code)
	require.Contains(t, stderr, "--trials is 0")
}

func TestASearchIsOneRunWithOneForEachTrialUnderIt(t *testing.T) {
	ctx := context.Background()
	data, config := shop(t)
	running, err := server.Start(ctx, server.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	args := []string{
		"search", "--events", data, "--config", config, "--as-of", "2024-02-08", "--trials", "2",
		"--out", filepath.Join(t.TempDir(), "best.yaml"), "--mlflow-uri", running.URI(), "--mlflow-experiment", "search",
	}
	var summary searchSummary
	document(t, &summary, args...)
	document(t, &summary, args...)

	client, err := mlflow.New(running.URI())
	require.NoError(t, err)
	experiment, err := client.EnsureExperiment(ctx, "search")
	require.NoError(t, err)
	runs, err := client.SearchRuns(ctx, mlflow.RunQuery{ExperimentIDs: []string{experiment}})
	require.NoError(t, err)
	under := map[string][]string{}
	for _, run := range runs {
		require.Equal(t, mlflow.RunFinished, run.Status)
		under[run.Tags["mlflow.parentRunId"]] = append(under[run.Tags["mlflow.parentRunId"]], run.ID)
		if run.Name == "trial 0" {
			require.Equal(t, "8", run.Params["rank"])
			require.Positive(t, run.Metrics["objective"])
		}
	}
	require.Len(t, under[""], 1)
	require.Len(t, under[under[""][0]], 2, "the second time is the first one's runs")
}
