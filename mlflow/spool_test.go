package mlflow_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/mlflowtest"
)

// spooledTraining logs a training, as every process of it does from its start,
// and says on out what was taken. Metrics "attempt" tell the processes apart.
func spooledTraining(ctx context.Context, client *mlflow.Client, name, spool, modelDir string, attempt int64, out io.Writer) error {
	run, err := client.StartRun(ctx, mlflow.RunSpec{Experiment: name, Key: "night", Start: time.UnixMilli(1320710400000)}, mlflow.SpoolTo(spool))
	if err != nil {
		return err
	}
	defer func() { _ = run.Close() }()
	steps := []func() error{
		func() error {
			return run.LogMetrics(ctx, []mlflow.Metric{{Key: "attempt", Value: float64(attempt), Step: attempt, Timestamp: 1}})
		},
		func() error {
			return run.LogInputs(ctx, []mlflow.DatasetInput{{Dataset: mlflow.Dataset{Name: "events", Digest: "1", SourceType: "local", Source: "{}"}, Context: "training"}})
		},
	}
	for epoch := range int64(12) {
		steps = append(steps, func() error {
			return run.LogMetrics(ctx, []mlflow.Metric{{Key: "loss", Value: 1 / float64(epoch+1), Step: epoch}})
		})
	}
	steps = append(steps,
		func() error {
			return run.LogTable(ctx, "segments.json", mlflow.Table{Columns: []string{"a"}, Data: [][]any{{1}}})
		},
		func() error { return run.LogText(ctx, "note.md", "# night") },
		func() error {
			return run.LogModel(ctx, mlflow.ModelSpec{LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model"}, Dir: modelDir, Metrics: []mlflow.Metric{{Key: "ndcg", Value: .3}}})
		},
		func() error {
			_, err := run.Register(ctx, mlflow.VersionSpec{RegisteredModel: name, Model: "model"})
			return err
		},
		func() error { return run.Finish(ctx, mlflow.RunFinished) },
	)
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if _, err := fmt.Fprintln(out, i); err != nil {
			return err
		}
	}
	return nil
}

// requireOneTraining checks that the server has what spooledTraining logged,
// once, and which attempts it saw.
func requireOneTraining(t *testing.T, name, modelDir string) (attempts []int64) {
	t.Helper()
	client := newClient(t, trackingURI())
	experiment, err := client.EnsureExperiment(t.Context(), name)
	require.NoError(t, err)
	runs, err := client.SearchRuns(t.Context(), mlflow.RunQuery{ExperimentIDs: []string{experiment}})
	require.NoError(t, err)
	require.Len(t, runs, 1)
	run := runs[0]
	require.Equal(t, mlflow.RunFinished, run.Status)
	require.Equal(t, int64(1320710400000), run.Start.UnixMilli())
	require.Len(t, run.Inputs, 1)
	require.Len(t, run.Outputs, 1)
	require.Equal(t, `[{"path":"segments.json","type":"table"}]`, run.Tags["mlflow.loggedArtifacts"])
	history, err := client.MetricHistory(t.Context(), run.ID, "loss")
	require.NoError(t, err)
	require.Len(t, history, 12)
	seen := map[int64]bool{}
	for _, metric := range history {
		require.Equal(t, 1/float64(metric.Step+1), metric.Value)
		seen[metric.Step] = true
	}
	require.Len(t, seen, 12)
	versions, err := client.SearchVersions(t.Context(), mlflow.VersionQuery{Filter: "name = '" + name + "'"})
	require.NoError(t, err)
	require.Len(t, versions, 1)
	files := filepath.Join(t.TempDir(), "files")
	require.NoError(t, client.DownloadVersion(t.Context(), name, "1", files))
	require.Equal(t, readFolder(t, modelDir), readFolder(t, files))
	history, err = client.MetricHistory(t.Context(), run.ID, "attempt")
	require.NoError(t, err)
	for _, metric := range history {
		attempts = append(attempts, metric.Step)
	}
	return attempts
}

func TestWithMLflowDownARunIsSpooledAndReplayedWhole(t *testing.T) {
	name, spool := ownName(t), t.TempDir()
	model := writeFolder(t, map[string]string{"MLmodel": "x", "deep/factors": "0123456789", "empty": ""})
	client := newClient(t, mlflowtest.DownURI(t))
	require.NoError(t, spooledTraining(t.Context(), client, name, spool, model, 1, io.Discard))

	_, err := client.Replay(t.Context(), spool)
	var unavailable *mlflow.UnavailableError
	require.ErrorAs(t, err, &unavailable, "what is spooled stays while the server is down")

	replayed, err := newClient(t, trackingURI()).Replay(t.Context(), spool)
	require.NoError(t, err)
	require.Len(t, replayed, 1)
	require.Equal(t, "night", replayed[0].Spec.Key)
	require.Equal(t, "1", replayed[0].Version)
	require.Equal(t, []int64{1}, requireOneTraining(t, name, model))
	again, err := newClient(t, trackingURI()).Replay(t.Context(), spool)
	require.NoError(t, err)
	require.Empty(t, again)
	require.Empty(t, readFolder(t, spool))
}

func TestARunWhoseServerGoesAndComesBackIsWhole(t *testing.T) {
	name, spool := ownName(t), t.TempDir()
	model := writeFolder(t, map[string]string{"MLmodel": "x"})
	proxy := newProxy(t)
	client := newClient(t, proxy.uri)
	requests := 0
	proxy.set(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests > 12 { // in the middle of the epochs
			drop(w, r)
		}
		proxy.server.ServeHTTP(w, r)
	})
	require.NoError(t, spooledTraining(t.Context(), client, name, spool, model, 1, io.Discard))
	require.NotEmpty(t, readFolder(t, spool))
	// The server is back, and the training starts over in a new process.
	proxy.set(proxy.server.ServeHTTP)
	require.NoError(t, spooledTraining(t.Context(), client, name, spool, model, 2, io.Discard))
	require.Equal(t, []int64{1, 2}, requireOneTraining(t, name, model))
	require.Empty(t, readFolder(t, spool))
}

func TestRunsAreReplayedInTheOrderTheyWereStarted(t *testing.T) {
	name, spool := ownName(t), t.TempDir()
	model := writeFolder(t, map[string]string{"MLmodel": "x"})
	down := newClient(t, mlflowtest.DownURI(t))
	for _, day := range []int64{3, 1, 2} {
		run, err := down.StartRun(t.Context(), mlflow.RunSpec{Experiment: name, Key: fmt.Sprint(day), Start: time.UnixMilli(day)}, mlflow.SpoolTo(spool))
		require.NoError(t, err)
		require.True(t, run.Spooled())
		require.NoError(t, run.LogModel(t.Context(), mlflow.ModelSpec{LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model"}, Dir: model}))
		_, err = run.Register(t.Context(), mlflow.VersionSpec{RegisteredModel: name, Model: "model"})
		require.NoError(t, err)
		require.NoError(t, run.Close())
	}
	// One that is still being written is left out, one that is damaged held back.
	writing, err := down.StartRun(t.Context(), mlflow.RunSpec{Experiment: name, Key: "now"}, mlflow.SpoolTo(spool))
	require.NoError(t, err)
	defer func() { require.NoError(t, writing.Close()) }()
	require.NoError(t, os.MkdirAll(filepath.Join(spool, "damaged"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(spool, "damaged", "journal"), []byte("0\n1\n"), 0o644))

	replayed, err := newClient(t, trackingURI()).Replay(t.Context(), spool)
	require.ErrorContains(t, err, "damaged")
	require.Len(t, replayed, 3)
	for i, run := range replayed {
		require.Equal(t, fmt.Sprint(i+1), run.Spec.Key)
		require.Equal(t, fmt.Sprint(i+1), run.Version)
	}
}

func TestAWriterAndAReplayThatAreKilledLoseNothingAndDoubleNothing(t *testing.T) {
	name, spool := ownName(t), t.TempDir()
	model := writeFolder(t, map[string]string{"MLmodel": "x", "factors": strings.Repeat("0123456789", 50_000)})
	kills := killCount()
	var taken []int64 // attempts of which the writer was told that they are kept
	for attempt := int64(1); ; attempt++ {
		last := attempt > int64(kills)
		acknowledged, ended := runKilled(t, last, "write", mlflowtest.DownURI(t), name, spool, model, fmt.Sprint(attempt))
		if len(acknowledged) > 0 {
			taken = append(taken, attempt)
		}
		if last {
			require.True(t, ended)
			break
		}
	}
	for i := range kills + 1 {
		_, ended := runKilled(t, i == kills, "replay", trackingURI(), name, spool, model, "0")
		require.True(t, ended || i < kills)
	}
	attempts := requireOneTraining(t, name, model)
	require.Subset(t, attempts, taken, "what was acknowledged is there")
	require.Empty(t, readFolder(t, spool))
	require.Len(t, attempts, len(unique(attempts)), "nothing is there twice")
	t.Logf("killed %d writers, of which %d had been told that something was kept, and %d replays", kills, len(taken)-1, kills)
}

// killCount is how often processes are killed; make soak does so more often.
func killCount() int {
	if soaking() {
		return 50
	}
	return 5
}

func unique(list []int64) map[int64]bool {
	set := map[int64]bool{}
	for _, n := range list {
		set[n] = true
	}
	return set
}

// spoolVariable makes the test binary a program that spools or replays.
const spoolVariable = "DAYBREAK_TEST_SPOOL"

// spoolProgram is that program.
func spoolProgram(arguments []string) int {
	client, err := mlflow.New(arguments[1], mlflow.WithRetry(mlflow.Retry{Attempts: 1}))
	if err == nil && arguments[0] == "replay" {
		_, err = client.Replay(context.Background(), arguments[3])
	} else if err == nil {
		attempt, _ := strconv.ParseInt(arguments[5], 10, 64)
		err = spooledTraining(context.Background(), client, arguments[2], arguments[3], arguments[4], attempt, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// runKilled runs the program and, unless it may end by itself, kills it at some
// moment. It returns the lines it printed and whether it succeeded.
func runKilled(t *testing.T, mayEnd bool, arguments ...string) (lines []string, ended bool) {
	t.Helper()
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), spoolVariable+"="+strings.Join(arguments, "\n"))
	var stderr strings.Builder
	program.Stderr = &stderr
	stdout, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	if !mayEnd {
		timer := time.AfterFunc(time.Duration(10+rand.IntN(300))*time.Millisecond, func() { _ = program.Process.Kill() })
		defer timer.Stop()
	}
	scanner := bufio.NewScanner(stdout)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	err = program.Wait()
	require.True(t, err == nil || !mayEnd, "%v: %s", err, stderr.String())
	require.Empty(t, stderr.String())
	return lines, err == nil
}
