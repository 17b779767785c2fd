package launch_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
)

// program is a program of the test's own in the trainer's place: what is asserted is how it is
// called and how it may fail. The trainer itself takes part in the nights' end-to-end tests.
func program(t *testing.T, script string) launch.Program {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trainer")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700))
	return launch.Program{Path: path}
}

func day(n int) events.Day { return events.NewDay(2011, 11, n) }

func TestTheTrainerIsCalledWithWhatIsToBeLearned(t *testing.T) {
	out := filepath.Join(t.TempDir(), "args")
	local := launch.Local{Trainer: program(t, `echo "$@" > `+out+`; echo '{}'`)}
	training := launch.Training{Events: "/data", AsOf: day(9), ModelDir: "/data/models/m", ModelName: "shop"}
	require.NoError(t, local.Train(context.Background(), training))
	args, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, "train --events /data --as-of 2011-11-09 --model-dir /data/models/m --model-name shop --output json\n", string(args))

	training.Config = "train.yaml"
	require.NoError(t, local.Train(context.Background(), training))
	args, err = os.ReadFile(out)
	require.NoError(t, err)
	require.Contains(t, string(args), "--config train.yaml")
}

func TestVariablesThatStandForTheNightsFlagsAreNotTheTrainers(t *testing.T) {
	t.Setenv("DAYBREAK_MLFLOW_URI", "http://127.0.0.1:5000")
	t.Setenv("OTHER", "kept")
	local := launch.Local{Trainer: program(t, `test -z "$DAYBREAK_MLFLOW_URI" && test "$OTHER" = kept && echo '{}'`)}
	require.NoError(t, local.Train(context.Background(), launch.Training{AsOf: day(9)}))
}

func TestATrainerThatFailsSaysWhy(t *testing.T) {
	var log bytes.Buffer
	p := program(t, `echo "first line" >&2; echo "trainer: rank is 0; it must be from 1" >&2; exit 1`)
	p.Log = &log
	err := launch.Local{Trainer: p}.Train(context.Background(), launch.Training{AsOf: day(9)})
	require.ErrorContains(t, err, "train as of 2011-11-09")
	require.ErrorContains(t, err, "exit status 1: trainer: rank is 0; it must be from 1")
	require.Contains(t, log.String(), "first line", "what it logs goes on")

	err = launch.Local{Trainer: launch.Program{Path: "/nosuch/trainer"}}.Train(context.Background(), launch.Training{AsOf: day(9)})
	require.ErrorContains(t, err, "/nosuch/trainer")

	err = launch.Local{Trainer: program(t, "echo done")}.Train(context.Background(), launch.Training{AsOf: day(9)})
	require.ErrorContains(t, err, "printed no JSON")
}

func TestATrainerIsToldToEndWithTheNight(t *testing.T) {
	ended := filepath.Join(t.TempDir(), "ended")
	p := program(t, `trap "touch `+ended+`; exit 130" INT; echo ready >&2; while :; do sleep 0.05; done`)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p.Log = said(cancel)
	err := launch.Local{Trainer: p}.Train(ctx, launch.Training{AsOf: day(9)})
	require.ErrorIs(t, err, context.Canceled)
	require.FileExists(t, ended)
}

// said is a log that calls a function when something is written to it.
type said func()

func (s said) Write(p []byte) (int, error) {
	s()
	return len(p), nil
}

func TestModelsAreMeasuredAndCompared(t *testing.T) {
	p := program(t, `case "$1 $3" in
"prequential a,b") echo '{"day":"2011-11-08","models":[{"model_dir":"a","all":{"users":5,"recall@20":0.4,"ndcg@20":0.3},"new":{"users":4}},{"model_dir":"b"}]}' ;;
"prequential a") echo '{"models":[]}' ;;
"compare a,b") echo '{"rows":0,"shoppers":0,"skipped":"other holdout group"}' ;;
esac`)
	measured, err := p.Prequential(context.Background(), []string{"a", "b"}, "/data", day(8), "")
	require.NoError(t, err)
	require.Equal(t, launch.Measured{ModelDir: "a", All: launch.Means{Users: 5, Recall: 0.4, NDCG: 0.3}, New: launch.Means{Users: 4}}, measured[0])
	_, err = p.Prequential(context.Background(), []string{"a"}, "/data", day(8), "")
	require.ErrorContains(t, err, "answered for 0 of 1 models")

	comparison, err := p.Compare(context.Background(), "a", "b", "/data", "", "paired.parquet")
	require.NoError(t, err)
	require.Equal(t, "other holdout group", comparison.Skipped)
}
