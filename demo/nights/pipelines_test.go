package nights

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

// program gives pipelines that are a shell script.
func program(t *testing.T, script string) (Pipelines, *bytes.Buffer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipelines")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755))
	log := &bytes.Buffer{}
	return Pipelines{
		Program: path, Trainer: "bin/trainer", Data: "shop", Mapping: "shop.yaml",
		MLflow: "http://127.0.0.1:5000", Predictor: "http://127.0.0.1:8080", Log: log,
	}, log
}

func tonight() Night { return Night{Day: events.NewDay(2011, time.November, 8), Export: "export"} }

func TestANightIsRunAsACommandAndSaysWhatItCameTo(t *testing.T) {
	p, log := program(t, `
echo "$@" >&2
echo '{"level":"INFO","msg":"begin","step":"train","night":"2011-11-08"}' >&2
echo '{"level":"INFO","msg":"epoch","stage":"learn","epoch":3,"of":8,"loss":0.27}' >&2
echo '{"level":"INFO","msg":"end","step":"train","night":"2011-11-08","seconds":1.5}' >&2
cat <<END
{"date": "2011-11-08", "events": 1883, "users": 58, "items": 1015,
 "learned": {"events": 388393, "users": 4308, "items": 3651},
 "check": {"verdict": "pass", "reasons": []},
 "metrics": {"recall@20": 0.38, "ndcg@20": 0.36},
 "gate": {"verdict": "promote", "reason": "first model"},
 "version": "1", "serving_version": "1", "seconds": {"train": 1.5}}
END
`)
	night := tonight()
	night.TrainConfig = "train.yaml"
	var seen []Event
	result, err := p.Run(t.Context(), night, func(event Event) { seen = append(seen, event) })
	require.NoError(t, err)
	require.Equal(t, Result{
		Date: night.Day, Events: 1883, Users: 58, Items: 1015,
		Learned: &Learned{Events: 388393, Users: 4308, Items: 3651},
		Check:   Check{Verdict: "pass", Reasons: []string{}},
		Metrics: &Metrics{Recall: 0.38, NDCG: 0.36},
		Gate:    &Gate{Verdict: Promote, Reason: "first model"},
		Version: "1", ServingVersion: "1", Seconds: map[string]float64{"train": 1.5},
	}, result)
	require.Equal(t, Promote, result.Verdict())
	require.Equal(t, []string{"first model"}, result.Reasons())
	require.Equal(t, []Event{{Step: "train"}, {Detail: "learn epoch 3 of 8"}}, seen)
	require.Contains(t, log.String(), "night --date 2011-11-08 --data shop --from-source export --mapping shop.yaml "+
		"--mlflow-uri http://127.0.0.1:5000 --predictor-url http://127.0.0.1:8080 --trainer bin/trainer --output json --train-config train.yaml\n")
}

func TestANightThatFailsSaysWhyInItsOwnLastWords(t *testing.T) {
	p, log := program(t, `
echo '{"msg":"begin","step":"ingest"}' >&2
echo 'pipelines: night of 2011-11-08: ingest: no such day' >&2
exit 1
`)
	_, err := p.Run(t.Context(), tonight(), func(Event) {})
	require.EqualError(t, err, "pipelines: night of 2011-11-08: ingest: no such day")
	require.Contains(t, log.String(), "no such day")
}

func TestANightThatSaysNothingIsAnError(t *testing.T) {
	p, _ := program(t, "")
	_, err := p.Run(t.Context(), tonight(), func(Event) {})
	require.ErrorContains(t, err, "printed no JSON")
}

func TestAnInterruptedNightIsStopped(t *testing.T) {
	p, _ := program(t, `echo '{"msg":"begin","step":"train"}' >&2; sleep 1000 & wait`)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := p.Run(ctx, tonight(), func(Event) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
}

func TestReleaseSaysWhoAndWhy(t *testing.T) {
	p, log := program(t, `echo "$@" >&2; echo '{}'`)
	require.NoError(t, p.Release(t.Context(), tonight().Day, "it was genuine"))
	require.Equal(t, "night --release 2011-11-08 --reason it was genuine --who demo --data shop --output json\n", log.String())
}
