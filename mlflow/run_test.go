package mlflow_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

func TestEnsureExperimentMakesAnExperimentOnce(t *testing.T) {
	client := newClient(t, trackingURI())
	first := newExperiment(t, client)
	require.Equal(t, first, newExperiment(t, client))
}

func TestEnsureExperimentCalledByManyAtOnceGivesAllTheSame(t *testing.T) {
	client := newClient(t, trackingURI())
	name := ownName(t)
	ids := make([]string, 6)
	errs := make([]error, len(ids))
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() { ids[i], errs[i] = client.EnsureExperiment(t.Context(), name) })
	}
	group.Wait()
	for i := range ids {
		require.NoError(t, errs[i])
		require.Equal(t, ids[0], ids[i])
	}
}

func TestEnsureExperimentOfADeletedOneSaysHowToRestoreIt(t *testing.T) {
	client := newClient(t, trackingURI())
	id := newExperiment(t, client)
	post(t, "experiments/delete", fmt.Sprintf(`{"experiment_id": %q}`, id))

	_, err := client.EnsureExperiment(t.Context(), ownName(t))
	require.ErrorContains(t, err, "mlflow experiments restore --experiment-id "+id)
}

func TestEnsureRunFindsTheRunOfItsKeyAgain(t *testing.T) {
	client := newClient(t, trackingURI())
	experiment := newExperiment(t, client)
	tags := map[string]string{"daybreak.date": "2011-11-08"}
	made, err := client.EnsureRun(t.Context(), experiment, "recommender/2011-11-08", "2011-11-08", tags)
	require.NoError(t, err)
	require.Equal(t, mlflow.RunRunning, made.Status)
	require.Equal(t, "2011-11-08", made.Name)
	require.Equal(t, experiment, made.ExperimentID)
	require.Equal(t, "2011-11-08", made.Tags["daybreak.date"])
	require.Equal(t, "recommender/2011-11-08", made.Tags[mlflow.KeyTag])
	require.Zero(t, made.End)
	require.Equal(t, map[string]string{"daybreak.date": "2011-11-08"}, tags, "the caller's map is not written to")

	require.NoError(t, client.FinishRun(t.Context(), made.ID, mlflow.RunFinished))
	another := newClient(t, trackingURI())
	found, err := another.EnsureRun(t.Context(), experiment, "recommender/2011-11-08", "2011-11-08", nil)
	require.NoError(t, err)
	require.Equal(t, made.ID, found.ID)
	require.Equal(t, mlflow.RunFinished, found.Status)
	require.False(t, found.End.Before(found.Start))
}

func TestEnsureRunTellsKeysApart(t *testing.T) {
	client := newClient(t, trackingURI())
	experiment := newExperiment(t, client)
	seen := map[string]string{}
	for _, key := range []string{"a", "A", "it's", `so "called"`, "a b", "größe", "50%", "_", "x"} {
		run, err := client.EnsureRun(t.Context(), experiment, key, "", nil)
		require.NoError(t, err, key)
		require.Empty(t, seen[run.ID], "%q got the run of another key", key)
		seen[run.ID] = key
		again, err := client.EnsureRun(t.Context(), experiment, key, "", nil)
		require.NoError(t, err, key)
		require.Equal(t, run.ID, again.ID, key)
	}
	_, err := client.EnsureRun(t.Context(), experiment, `it's "both"`, "", nil)
	require.ErrorContains(t, err, "filters can't express")
}

func TestSearchRunsFollowsPages(t *testing.T) {
	client := newClient(t, trackingURI())
	experiment := newExperiment(t, client)
	for i := range 5 {
		run, err := client.EnsureRun(t.Context(), experiment, fmt.Sprint(i), "", nil)
		require.NoError(t, err)
		require.NoError(t, client.LogMetrics(t.Context(), run.ID, []mlflow.Metric{{Key: "ndcg_at_20", Value: float64(i)}}))
	}
	query := mlflow.RunQuery{ExperimentIDs: []string{experiment}, Filter: "metrics.ndcg_at_20 >= 1", OrderBy: []string{"metrics.ndcg_at_20 DESC"}}
	runs, err := client.SearchRuns(t.Context(), query)
	require.NoError(t, err)
	require.Len(t, runs, 4)
	require.Equal(t, 4.0, runs[0].Metrics["ndcg_at_20"])

	query.Limit = 2
	runs, err = client.SearchRuns(t.Context(), query)
	require.NoError(t, err)
	require.Len(t, runs, 2)
}

func TestLogRecordReadsBackAsItWasWritten(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	record := mlflow.Record{Params: map[string]string{}, Tags: map[string]string{"mlflow.note.content": strings.Repeat("ä", 8000)}}
	for i := range 130 { // more than one request may hold, of each kind
		record.Params[fmt.Sprintf("param/%03d", i)] = strings.Repeat("x", 40*i)
		record.Tags[fmt.Sprintf("tag.%03d", i)] = fmt.Sprint(i)
	}
	for i := range 1500 {
		record.Metrics = append(record.Metrics, mlflow.Metric{Key: "train/loss", Value: 1 / float64(i+1), Step: int64(i), Timestamp: 1320710400000 + int64(i)})
	}
	for range 2 { // the second time changes nothing
		require.NoError(t, client.LogRecord(t.Context(), run.ID, record))

		read, err := client.Run(t.Context(), run.ID)
		require.NoError(t, err)
		require.Equal(t, record.Params, read.Params)
		for key, value := range record.Tags {
			require.Equal(t, value, read.Tags[key], key)
		}
		require.Equal(t, map[string]float64{"train/loss": 1.0 / 1500}, read.Metrics)
		history, err := client.MetricHistory(t.Context(), run.ID, "train/loss")
		require.NoError(t, err)
		require.ElementsMatch(t, record.Metrics, history)
	}
}

func TestMetricsWithoutATimeGetThatOfTheRunsStart(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	for range 2 {
		require.NoError(t, client.LogMetrics(t.Context(), run.ID, []mlflow.Metric{{Key: "recall_at_20", Value: .3}}))
	}
	history, err := client.MetricHistory(t.Context(), run.ID, "recall_at_20")
	require.NoError(t, err)
	require.Equal(t, []mlflow.Metric{{Key: "recall_at_20", Value: .3, Timestamp: run.Start.UnixMilli()}}, history)
}

func TestParamsDontChangeAndTagsDo(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	require.NoError(t, client.LogParams(t.Context(), run.ID, map[string]string{"d": "64"}))
	err := client.LogParams(t.Context(), run.ID, map[string]string{"d": "128"})
	var refused *mlflow.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "INVALID_PARAMETER_VALUE", refused.ErrorCode)
	require.Equal(t, http.StatusBadRequest, refused.Status)

	require.NoError(t, client.SetRunTag(t.Context(), run.ID, "verdict", "hold"))
	require.NoError(t, client.SetRunTags(t.Context(), run.ID, map[string]string{"verdict": "promote"}))
	read, err := client.Run(t.Context(), run.ID)
	require.NoError(t, err)
	require.Equal(t, "promote", read.Tags["verdict"])
}

func TestARunThatDoesNotExistIsNotFound(t *testing.T) {
	client := newClient(t, trackingURI())
	_, err := client.Run(t.Context(), strings.Repeat("0", 32))
	require.True(t, mlflow.IsNotFound(err), "%v", err)
	err = client.LogMetrics(t.Context(), strings.Repeat("0", 32), []mlflow.Metric{{Key: "a", Timestamp: time.Now().UnixMilli()}})
	require.True(t, mlflow.IsNotFound(err), "%v", err)
}

// post speaks to the server beside the client.
func post(t *testing.T, endpoint, body string) {
	t.Helper()
	response, err := http.Post(trackingURI()+"/api/2.0/mlflow/"+endpoint, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", answer)
}
