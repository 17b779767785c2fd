package main_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/night"
)

// TestANightKilledAnywhereEndsAsOneThatWasNot kills one night again and again: in the middle of each
// step, and at its end.
func TestANightKilledAnywhereEndsAsOneThatWasNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	seconds := h.night(h.day(0)).Seconds
	middle := func(step night.Step) time.Duration { return time.Duration(seconds[step] / 2 * float64(time.Second)) }

	steps := []night.Step{
		night.Ingest, night.Check, night.Prequential, night.Train, night.Consult, night.Log,
		night.Register, night.Gate, night.Challenge, night.HandOver, night.Crown,
	}
	var moments []moment
	for _, step := range steps {
		begun := moment{step: step, when: "begin"}
		if step == night.Train || step == night.Log { // which take a while
			begun.later = middle(step)
		}
		moments = append(moments, begun, moment{step: step, when: "end"})
	}
	moments = moments[:len(moments)-1] // nothing is left to be killed
	kills := 0
	for i := range moments {
		if h.killAt(h.day(1), moments[i:]) {
			kills++
		}
	}
	t.Logf("killed %d times", kills)
	require.GreaterOrEqual(t, kills, len(steps)/2, "no night comes further than two steps before it is killed")
	result := h.night(h.day(1))
	require.Equal(t, gate.Promote, result.Gate.Verdict)
	require.Equal(t, "2", result.ServingVersion)
	require.Equal(t, "2", h.serving())

	a := h.account()
	require.Len(t, a.runs, 2, "one run a night")
	require.Len(t, a.versions, 2, "one version a night")
	require.Equal(t, "2", a.champion)
	require.Equal(t, "2", a.newest)
	require.Equal(t, "champion", a.versions[1].Tags["daybreak.rollout"])
	for _, folder := range []string{"models", "serving", "reports/dt=" + h.day(1).String()} {
		leftovers, err := filepath.Glob(filepath.Join(h.data, folder, ".*"))
		require.NoError(t, err)
		require.Empty(t, leftovers)
	}

	// The version is whole: it can be fetched and verified anew, and serves.
	require.NoError(t, os.RemoveAll(filepath.Join(h.data, "serving", "2")))
	require.NoError(t, h.client.DownloadVersion(context.Background(), h.model, "2", filepath.Join(h.data, "serving", "2")))
	response, err := http.Post(h.predictor+"/v2/repository/models/"+h.model+"/load", "", nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

func TestAModelTrainedWhileMLflowIsDownIsLoggedLaterWithoutTraining(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the database is away", http.StatusInternalServerError)
	}))
	defer broken.Close()
	h.mlflowURI = broken.URL

	code, stdout, stderr := h.run(h.nightArgs(h.day(0))...)
	require.Equal(t, 1, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "the trained model is kept in "+h.data)
	require.Contains(t, stderr, "logs it without training again")
	require.Contains(t, stderr, broken.URL)
	models, err := filepath.Glob(filepath.Join(h.data, "models", h.day(0).String()+"-*"))
	require.NoError(t, err)
	require.Len(t, models, 1)

	h.mlflowURI = shared.mlflow.URI()
	result := h.night(h.day(0))
	require.NotContains(t, result.Seconds, night.Train)
	require.Contains(t, result.Seconds, night.Log)
	require.Equal(t, "1", result.ServingVersion)
}

func TestAVersionTheRegistryHoldsDamagedNeverServes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	h.night(h.day(0))

	h.upToGate(h.day(1))
	version := h.account().versions[1]
	root := filepath.Join(filepath.Dir(shared.mlflow.LogPath()), "artifacts")
	file := filepath.Join(root, strings.TrimPrefix(version.Source, "mlflow-artifacts:/"), "model.safetensors")
	sound, err := os.ReadFile(file)
	require.NoError(t, err)
	flipped := append([]byte{}, sound...)
	flipped[len(flipped)-1] ^= 1
	require.NoError(t, os.WriteFile(file, flipped, 0o600))

	code, _, stderr := h.run(h.nightArgs(h.day(1))...)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "model.safetensors: SHA-256 is")
	require.Equal(t, "1", h.serving(), "the old version goes on serving")
	a := h.account()
	require.Equal(t, "1", a.champion)
	require.Contains(t, a.versions[1].Tags["daybreak.rollout"], "failed: ")

	require.NoError(t, os.WriteFile(file, sound, 0o600))
	require.Equal(t, "2", h.night(h.day(1)).ServingVersion)
	require.Equal(t, "champion", h.account().versions[1].Tags["daybreak.rollout"])
}

func TestAServiceThatIsAwayLeavesTheChampion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.predictor = "http://127.0.0.1:1"
	code, _, stderr := h.run(append(h.nightArgs(h.day(0)), "--serve-timeout", "300ms")...)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "http://127.0.0.1:1 did not name the version within 300ms")
	require.NoFileExists(t, filepath.Join(h.data, "serving", "current"))
	a := h.account()
	require.Empty(t, a.champion)
	require.Equal(t, "1", a.newest)

	h.startPredictor()
	require.Equal(t, "1", h.night(h.day(0)).ServingVersion)
}

func TestOneNightAtATimeWorksOnTheData(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	first := h.command(h.nightArgs(h.day(0))...)
	reader, writer, err := commandtest.Pipe() // it doesn't come to its second step while nobody reads on
	require.NoError(t, err)
	first.Stderr = writer
	require.NoError(t, first.Start())
	require.NoError(t, writer.Close())
	t.Cleanup(func() {
		require.NoError(t, first.Process.Kill())
		_ = first.Wait() // it was killed
		require.NoError(t, reader.Close())
	})
	_, err = bufio.NewReader(reader).ReadString('\n') // it has begun its first step
	require.NoError(t, err)

	code, _, said := h.run(h.nightArgs(h.day(0))...)
	require.Equal(t, 1, code)
	require.Regexp(t, `process \d+ on .*, since .*: night of `+h.day(0).String()+` works on this data`, said)
}

func TestWhatANightIsGivenIsCheckedFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.predictor = "http://127.0.0.1:1"
	export := filepath.Join(h.shop.Export, h.day(0).String()+".csv.gz")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"a date that is none", []string{"night", "--data", h.data, "--date", "8.11.2011"}, 2, "write it as YYYY-MM-DD"},
		{"no data folder", []string{"night", "--date", "2011-11-08"}, 2, "--data is missing"},
		{"an export without a mapping", []string{"night", "--data", h.data, "--from-source", h.shop.Export}, 2, "--from-source and --mapping go together"},
		{"a release without a reason", []string{"night", "--data", h.data, "--release", "2025-01-06"}, 2, "--reason is missing"},
		{"a release of a day that is not ingested", []string{"night", "--data", h.data, "--release", "2024-01-06", "--reason", "x"}, 1, "2024-01-06 is not ingested"},
		{"a day that is not ingested, without an export", []string{"night", "--data", h.data, "--date", h.day(0).String()}, 1, "--from-source and --mapping"},
		{"a step whose turn has not come", []string{"train", "--data", h.data, "--date", h.day(0).String()}, 1, "first comes ingest"},
		{"a check of a day that is not ingested", []string{"check", "--events", h.data, "--day", h.day(0).String()}, 1, "is not ingested"},
		{"an ingest of a day that the export lacks", []string{"ingest", "--source", h.shop.Export, "--mapping", h.shop.Mapping, "--events", h.data, "--day", "2031-01-01"}, 1, "the nearest days are"},
		{"an MLflow URI that is none", append(h.nightArgs(h.day(0)), "--mlflow-uri", "localhost"), 2, "--mlflow-uri"},
		{"a day that the export lacks", h.nightArgs(h.day(0).AddDays(5)), 1, "has no events of " + h.day(0).AddDays(5).String() + "; the nearest days are"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := h.run(c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.says)
		})
	}

	t.Run("a damaged trainer says what it said last", func(t *testing.T) {
		require.FileExists(t, export)
		require.NoError(t, os.WriteFile(h.config, []byte("ranks: 3\n"), 0o600))
		code, _, stderr := h.run(h.nightArgs(h.day(0))...)
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "train as of "+h.day(0).AddDays(1).String())
		require.Contains(t, stderr, "ranks")
	})
}
