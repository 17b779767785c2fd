package mlflow_test

import (
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

func TestATrainingIsLoggedWholeAndDoingItAgainChangesNothing(t *testing.T) {
	client := newClient(t, trackingURI())
	folder := writeFolder(t, map[string]string{"MLmodel": "flavors: {}", "code/loader.py": "pass"})
	report := filepath.Join(t.TempDir(), "night.html")
	require.NoError(t, os.WriteFile(report, []byte("<p>better</p>"), 0o644))
	events := mlflow.Dataset{Name: "events", Digest: "9a8b7c", SourceType: "local", Source: `{"uri": "events/"}`, Schema: `{"mlflow_colspec": []}`, Profile: `{"num_rows": 3}`}
	began := time.UnixMilli(1320710400000).UTC()
	spec := mlflow.RunSpec{
		Experiment: ownName(t), Key: "recommender/2011-11-08/c0ffee", Name: "2011-11-08", Start: began,
		Tags: mlflow.Provenance{Program: "trainer", Kind: "JOB", User: "night", Commit: "abc", Dirty: true, ImageDigest: "sha256:1", JobUID: "u"}.Tags(),
	}
	var first string
	for range 2 {
		run, err := client.StartRun(t.Context(), spec)
		require.NoError(t, err)
		require.NoError(t, run.LogRecord(t.Context(), mlflow.Record{Params: map[string]string{"rank": "64"}, Metrics: []mlflow.Metric{{Key: "loss", Value: math.NaN(), Step: 1, Timestamp: 7}}}))
		require.NoError(t, run.LogInputs(t.Context(), []mlflow.DatasetInput{{Dataset: events, Context: mlflow.ContextTraining}}))
		require.NoError(t, run.LogTable(t.Context(), "tables/segments.json", mlflow.Table{Columns: []string{"segment", "ndcg"}, Data: [][]any{{"new", .1}, {"all", nil}}}))
		require.NoError(t, run.UploadFile(t.Context(), report, "reports/night.html"))
		require.NoError(t, run.LogText(t.Context(), "reports/note.md", "# better"))
		require.NoError(t, run.LogModel(t.Context(), mlflow.ModelSpec{
			LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model", Type: "recommender", Params: map[string]string{"rank": "64"}, Tags: map[string]string{"a": "b"}},
			Dir:             folder,
			Metrics:         []mlflow.Metric{{Key: "ndcg_at_20", Value: .3, DatasetName: events.Name, DatasetDigest: events.Digest}},
		}))
		version, err := run.Register(t.Context(), mlflow.VersionSpec{RegisteredModel: ownName(t), Model: "model", Description: "tonight's", Tags: map[string]string{"night": "2011-11-08"}})
		require.NoError(t, err)
		require.NoError(t, run.Finish(t.Context(), mlflow.RunFinished))
		require.Empty(t, run.LeftOut())

		require.Equal(t, "1", version.Version)
		require.Equal(t, "tonight's", version.Description)
		read, err := client.Run(t.Context(), run.Run().ID)
		require.NoError(t, err)
		if first == "" {
			first = read.ID
		}
		require.Equal(t, first, read.ID)
		require.Equal(t, began, read.Start)
		require.Equal(t, mlflow.RunFinished, read.Status)
		require.Equal(t, "abc", read.Tags["mlflow.source.git.commit"])
		require.Equal(t, `[{"path":"tables/segments.json","type":"table"}]`, read.Tags["mlflow.loggedArtifacts"])
		require.Equal(t, []mlflow.DatasetInput{{Dataset: events, Context: mlflow.ContextTraining}}, read.Inputs)
		require.Len(t, read.Outputs, 1)
		require.InDelta(t, .3, read.Metrics["ndcg_at_20"], 0)
		require.True(t, math.IsNaN(read.Metrics["loss"]))
		model, err := client.LoggedModel(t.Context(), read.Outputs[0])
		require.NoError(t, err)
		require.Equal(t, mlflow.LoggedModelReady, model.Status)
		require.Equal(t, map[string]string{"rank": "64"}, model.Params)
		require.Equal(t, []mlflow.Metric{{Key: "ndcg_at_20", Value: .3, Timestamp: began.UnixMilli(), ModelID: model.ID, DatasetName: "events", DatasetDigest: "9a8b7c"}}, model.Metrics)
		artifacts := filepath.Join(t.TempDir(), "artifacts")
		require.NoError(t, client.DownloadArtifacts(t.Context(), read, "", artifacts))
		require.Equal(t, map[string]string{
			"tables/segments.json": `{"columns":["segment","ndcg"],"data":[["new",0.1],["all",null]]}`,
			"reports/night.html":   "<p>better</p>",
			"reports/note.md":      "# better",
		}, readFolder(t, artifacts))
		files := filepath.Join(t.TempDir(), "1")
		require.NoError(t, client.DownloadVersion(t.Context(), ownName(t), "1", files))
		require.Equal(t, readFolder(t, folder), readFolder(t, files))
	}
}

func TestARunThatFailedRunsAgain(t *testing.T) {
	client := newClient(t, trackingURI())
	spec := mlflow.RunSpec{Experiment: ownName(t), Key: "k"}
	run, err := client.StartRun(t.Context(), spec)
	require.NoError(t, err)
	require.NoError(t, run.Finish(t.Context(), mlflow.RunFailed))
	for _, spec := range []mlflow.RunSpec{spec, {RunID: run.Run().ID}} {
		again, err := client.StartRun(t.Context(), spec)
		require.NoError(t, err)
		require.Equal(t, run.Run().ID, again.Run().ID)
		read, err := client.Run(t.Context(), run.Run().ID)
		require.NoError(t, err)
		require.Equal(t, mlflow.RunRunning, read.Status)
	}
}

func TestSystemMetricsAreSampled(t *testing.T) {
	client := newClient(t, trackingURI())
	run, err := client.StartRun(t.Context(), mlflow.RunSpec{Experiment: ownName(t), Key: "k"})
	require.NoError(t, err)
	watch := mlflow.WatchSystem(t.Context(), run, run.Run().Start, 20*time.Millisecond, t.TempDir())
	require.Eventually(t, func() bool {
		read, err := client.Run(t.Context(), run.Run().ID)
		return err == nil && len(read.Metrics) > 0
	}, time.Minute, 50*time.Millisecond)
	require.NoError(t, watch.Stop())
	read, err := client.Run(t.Context(), run.Run().ID)
	require.NoError(t, err)
	for _, name := range []string{
		"cpu_utilization_percentage", "system_memory_usage_megabytes", "system_memory_usage_percentage", "process_memory_usage_megabytes",
		"disk_usage_percentage", "disk_usage_megabytes", "disk_available_megabytes", "network_receive_megabytes", "network_transmit_megabytes",
	} {
		require.Contains(t, read.Metrics, "system/"+name)
	}
	require.Positive(t, read.Metrics["system/system_memory_usage_megabytes"])
	require.LessOrEqual(t, read.Metrics["system/disk_usage_percentage"], 100.0)
}

// An MLflow 2 does not know logged models: it answers their endpoints as any that
// it does not have.
func TestOnAServerWithoutLoggedModelsFilesAndMetricsAreTheRuns(t *testing.T) {
	proxy := newProxy(t)
	proxy.set(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/logged-models") || strings.HasSuffix(r.URL.Path, "/runs/outputs") {
			respond(http.StatusNotFound, "<!doctype html><title>404 Not Found</title>")(w, r)
			return
		}
		proxy.server.ServeHTTP(w, r)
	})
	client := newClient(t, proxy.uri)
	run, err := client.StartRun(t.Context(), mlflow.RunSpec{Experiment: ownName(t), Key: "k"})
	require.NoError(t, err)
	folder := writeFolder(t, map[string]string{"MLmodel": "flavors: {}"})
	require.NoError(t, run.LogModel(t.Context(), mlflow.ModelSpec{
		LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model"}, Dir: folder, Metrics: []mlflow.Metric{{Key: "ndcg", Value: .3}},
	}))
	version, err := run.Register(t.Context(), mlflow.VersionSpec{RegisteredModel: ownName(t), Model: "model"})
	require.NoError(t, err)
	require.Equal(t, run.Run().ArtifactURI+"/model", version.Source)
	require.Len(t, run.LeftOut(), 1)
	require.Contains(t, run.LeftOut()[0], "knows no logged models")
	read, err := client.Run(t.Context(), run.Run().ID)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"ndcg": .3}, read.Metrics)
	files := filepath.Join(t.TempDir(), "1")
	require.NoError(t, client.DownloadVersion(t.Context(), ownName(t), "1", files))
	require.Equal(t, readFolder(t, folder), readFolder(t, files))
	_, err = client.LoggedModel(t.Context(), "m-1")
	require.True(t, mlflow.IsUnsupported(err), "%v", err)
}
