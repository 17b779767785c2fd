package main_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/night"
)

// shopping asks the service for recommendations until stop is called, which gives how many requests
// were answered and how many were not.
func (h *house) shopping() (stop func() (answered, failed int)) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	var answered, failed int
	done.Go(func() {
		for ctx.Err() == nil {
			response, err := http.Post(h.predictor+"/v1/models/"+h.model+":predict", "application/json",
				strings.NewReader(`{"instances":[{"user_id":"nobody","k":5}]}`))
			if err == nil {
				err = response.Body.Close()
			}
			if err != nil || response.StatusCode != http.StatusOK {
				failed++
			} else {
				answered++
			}
			time.Sleep(2 * time.Millisecond)
		}
	})
	return func() (int, int) {
		cancel()
		done.Wait()
		return answered, failed
	}
}

func TestTwoNightsEndToEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()

	first := h.night(h.day(0))
	require.Equal(t, check.Pass, first.Check.Verdict)
	require.Equal(t, &night.GateResult{Verdict: gate.Promote, Reason: "first model"}, first.Gate)
	require.Equal(t, "1", first.Version)
	require.Equal(t, "1", first.ServingVersion)
	require.Equal(t, "1", h.serving())
	require.Positive(t, first.Metrics.NDCG)
	require.Greater(t, first.Learned.Events, first.Events)

	stop := h.shopping()
	second := h.night(h.day(1))
	answered, failed := stop()
	require.Positive(t, answered)
	require.Zero(t, failed, "requests while version 2 took over")
	require.Equal(t, gate.Promote, second.Gate.Verdict, second.Gate.Reason)
	require.Contains(t, second.Gate.Reason, "could have been seen")
	require.Equal(t, "2", h.serving())

	a := h.account()
	require.Len(t, a.runs, 2)
	require.Len(t, a.versions, 2)
	require.Equal(t, "2", a.champion)
	require.Equal(t, "2", a.newest)
	tags := a.versions[1].Tags
	require.Equal(t, h.day(1).String(), tags["daybreak.date"])
	require.Equal(t, "pass: looks like this shop's last days", tags["daybreak.check"])
	require.Equal(t, "promote", tags["daybreak.gate"])
	require.Equal(t, second.Gate.Reason, tags["daybreak.reason"])
	require.Equal(t, "champion", tags["daybreak.rollout"])
	require.InDelta(t, second.Metrics.NDCG, a.runs[1].Metrics["ndcg_at_20"], 1e-9)
	require.InDelta(t, second.Metrics.Recall, a.runs[1].Metrics["recall_at_20"], 1e-9)
	require.Contains(t, a.runs[0].Metrics, "prequential/all_ndcg_at_20", "how the first model did on the day it had not seen")
	require.NotContains(t, a.runs[1].Metrics, "prequential/all_ndcg_at_20")
	artifacts, err := h.client.ListArtifacts(context.Background(), a.runs[1], "reports")
	require.NoError(t, err)
	reports := paths(artifacts)
	require.Subset(t, reports, []string{"reports/check.json", "reports/gate.json", "reports/paired.parquet", "reports/prequential.json"})

	requireTold(t, h, a)

	again := h.night(h.day(1))
	again.Seconds, second.Seconds = nil, nil
	require.Equal(t, second, again, "the same night again finds that all is done")
	require.Equal(t, a, h.account())
}

func paths(artifacts []mlflow.Artifact) []string {
	var paths []string
	for _, artifact := range artifacts {
		paths = append(paths, artifact.Path)
	}
	return paths
}

// requireTold checks what people see of the second of two nights.
func requireTold(t *testing.T, h *house, a account) {
	t.Helper()
	run := a.runs[1]
	loss, err := h.client.MetricHistory(context.Background(), run.ID, "train/loss")
	require.NoError(t, err)
	require.Len(t, loss, 2, "a point for each epoch")
	require.Equal(t, int64(2), loss[1].Step)
	for _, point := range loss {
		require.False(t, time.UnixMilli(point.Timestamp).Before(run.Start), "the run began when training did")
	}
	require.Contains(t, run.Metrics, "lists/catalogue_coverage")
	require.Contains(t, run.Metrics, "gate/all_difference_percent")
	require.Equal(t, "promote", run.Tags["daybreak.gate"])
	require.Contains(t, run.Tags["mlflow.loggedArtifacts"], "tables/samples.json")
	require.Contains(t, run.Tags[mlflow.NoteTag], "Version 2 goes to the shoppers")
	require.Equal(t, run.Tags[mlflow.NoteTag], a.versions[1].Description)
	contexts := map[string]bool{}
	for _, input := range run.Inputs {
		contexts[input.Context] = true
	}
	require.Equal(t, map[string]bool{"training": true, "validation": true, "holdout": true}, contexts)
	root, err := h.client.ListArtifacts(context.Background(), run, "")
	require.NoError(t, err)
	require.ElementsMatch(t, paths(root), []string{"report.html", "reports", "tables"})
	reports, err := h.client.ListArtifacts(context.Background(), run, "reports")
	require.NoError(t, err)
	require.Contains(t, paths(reports), "reports/gate.json")
	require.NotContains(t, paths(reports), "reports/report.html", "it lies where people look first")
	require.Len(t, run.Outputs, 1)
	logged, err := h.client.LoggedModel(context.Background(), run.Outputs[0])
	require.NoError(t, err)
	require.Equal(t, mlflow.LoggedModelReady, logged.Status)
	require.Equal(t, a.versions[1].Source, logged.ArtifactURI)
	measured := map[string]string{}
	for _, metric := range logged.Metrics {
		measured[metric.Key] = metric.DatasetName
	}
	require.Contains(t, measured["holdout/all_ndcg_at_20"], "holdout group")
	require.Contains(t, measured, "validation/ndcg_at_20")
	page, err := os.ReadFile(filepath.Join(h.data, "reports", "dt="+h.day(1).String(), "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "Version 2 goes to the shoppers")
}

func TestADayOfWrongShoppersIsHeldAndReleased(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	h.night(h.day(0))

	genuine := filepath.Join(h.shop.Export, h.day(1).String()+".csv.gz")
	require.FileExists(t, genuine)
	h.shop.Shuffle(h.day(1))
	held := h.night(h.day(1))
	require.Equal(t, check.Hold, held.Check.Verdict)
	require.Regexp(t, `own past reaches 0\.\d+× popularity's NDCG@20; by the last 28 days a day of \d+ shoppers lies within .*× … .*×`, held.Check.Reasons[0])
	require.Nil(t, held.Gate)
	require.Nil(t, held.Metrics)
	require.Empty(t, held.Version)
	require.Equal(t, "1", held.ServingVersion)
	require.Equal(t, "1", h.serving(), "the old version goes on serving")
	require.Len(t, h.account().runs, 1, "nothing learned from the day")
	require.FileExists(t, filepath.Join(h.data, "reports", "dt="+h.day(1).String(), "report.html"), "a held night is told of too")
	again := h.night(h.day(1))
	require.Equal(t, held.Check, again.Check)

	without := h.night(h.day(2))
	require.Equal(t, gate.Promote, without.Gate.Verdict, without.Gate.Reason)
	require.Equal(t, "2", h.serving(), "the next night goes on without it")

	code, stdout, stderr := h.run("night", "--release", h.day(1).String(), "--reason", "the export was right", "--who", "ada", "--data", h.data)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "released by ada: the export was right")
	with := h.night(h.day(3))
	require.Equal(t, held.Events+with.Events, with.Learned.Events-without.Learned.Events, "the next night learns from it")

	store, err := events.OpenStore(h.data)
	require.NoError(t, err)
	hold, stillHeld, err := store.Held(h.day(1))
	require.NoError(t, err)
	require.False(t, stillHeld)
	require.Equal(t, "ada", hold.Released.By)
	require.Equal(t, "the export was right", hold.Released.Why)

	code, _, stderr = h.run("night", "--release", h.day(1).String(), "--reason", "again", "--data", h.data)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "is not held")
}

// poison makes every list what is least like the shopper.
const poison = fastTraining + "blend: {past: 0, past_offset: 0.1, past_exponent: 0.5, item_item: 0, factors: -1, popularity: 0}\n"

func TestAPoisonedModelIsRejected(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	h.night(h.day(0))

	sound := h.config
	h.config = filepath.Join(t.TempDir(), "poisoned.yaml")
	require.NoError(t, os.WriteFile(h.config, []byte(poison), 0o600))
	rejected := h.night(h.day(1))
	h.config = sound
	require.Equal(t, gate.Reject, rejected.Gate.Verdict, rejected.Gate.Reason)
	require.Contains(t, rejected.Gate.Reason, "all: NDCG@20")
	require.Equal(t, "2", rejected.Version)
	require.Equal(t, "1", rejected.ServingVersion)
	require.Equal(t, "1", h.serving(), "the old version goes on serving")
	a := h.account()
	require.Equal(t, "reject", a.versions[1].Tags["daybreak.gate"])
	require.Equal(t, "1", a.champion)
	require.Equal(t, "1", a.newest, "a rejected version has no alias")

	recovered := h.night(h.day(2))
	require.Equal(t, gate.Promote, recovered.Gate.Verdict, recovered.Gate.Reason)
	require.Equal(t, "3", h.serving())
}

func TestDaysThatWereMissedAreCaughtUpOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	caughtUp := h.night(h.day(2))
	require.Len(t, h.account().versions, 1, "one model is trained, for the last day")
	require.Equal(t, "1", caughtUp.ServingVersion)
	for n := range 3 {
		require.FileExists(t, filepath.Join(h.data, "reports", "dt="+h.day(n).String(), "check.json"))
	}
}
