package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/mlflowtest"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/paired"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = command.RunArgs(context.Background(), "trainer", "", &program{}, args, &out, &errs)
	return code, out.String(), errs.String()
}

// document runs a command that must succeed and reads what it printed.
func document(t *testing.T, into any, args ...string) {
	t.Helper()
	code, stdout, stderr := run(t, append(args, "--output", "json")...)
	require.Equal(t, command.Succeeded, code, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), into), "standard output holds one JSON document and nothing else")
}

// shop writes the small shop's days and settings that train in a moment.
func shop(t *testing.T) (dir, config string) {
	t.Helper()
	dir = t.TempDir()
	store, err := events.OpenStore(dir)
	require.NoError(t, err)
	byDay := map[events.Day][]interactions.Triple{}
	for _, triple := range tastetest.Small.Triples() {
		byDay[triple.Day] = append(byDay[triple.Day], triple)
	}
	for day, triples := range byDay {
		batch := events.Batch{TimeZone: "UTC", Read: len(triples)}
		for i, triple := range triples {
			batch.Events = append(batch.Events, events.Event{
				EventID: day.String() + "-" + string(rune('a'+i)), UserID: triple.User, ItemID: triple.Item, Type: events.Purchase,
				Value: 2, Quantity: 1, Price: 2, Time: day.Start(time.UTC).Add(time.Duration(i) * time.Minute),
			})
			batch.Items = append(batch.Items, item(triple.Item, day))
		}
		batch.Items = append(batch.Items, item("listed-7", day)) // which nobody buys
		_, err := store.WriteDay(context.Background(), day, batch)
		require.NoError(t, err)
	}
	config = filepath.Join(t.TempDir(), "train.yaml")
	require.NoError(t, os.WriteFile(config, []byte("rank: 8\nepochs: 2\nneighbours: 20\nvalidation_windows: 1\n"), 0o600))
	return dir, config
}

// item is what the catalogue says of an item on a day: its title names its taste.
func item(id string, day events.Day) events.Item {
	taste := "taste " + string('a'+(id[len(id)-1]-'0')%5)
	return events.Item{ItemID: id, Title: id + " of " + taste, InStock: true, FirstSeen: day.Start(time.UTC), LastSeen: day.Start(time.UTC)}
}

// Of what was taken together each of the catalogue's items keeps as much as fits,
// which is less than it has neighbours.
func TestACatalogueThatIsTooLargeForAllCoOccurrencesIsServedAllTheSame(t *testing.T) {
	data, config := shop(t)
	settings, err := os.ReadFile(config)
	require.NoError(t, err)
	served := func(name, more string) *model.Model {
		path := filepath.Join(t.TempDir(), name+".yaml")
		require.NoError(t, os.WriteFile(path, append(slices.Clone(settings), more...), 0o600))
		out := filepath.Join(t.TempDir(), name)
		var summary trainSummary
		document(t, &summary, "train", "--events", data, "--config", path, "--as-of", "2024-02-08", "--model-dir", out)
		m, err := model.Load(out) // which replays the golden requests, as the predictor's does
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, m.Close()) })
		return m
	}
	whole, part := served("whole", ""), served("part", fmt.Sprintf("co_occurrences: %d\n", 6*tastetest.Small.Items))
	neighbours := func(m *model.Model) int { return len(m.ItemItem().Indices) }
	require.Less(t, neighbours(part), neighbours(whole)/2)
	require.Positive(t, neighbours(part))
	user := part.UserID(0)
	list, err := part.Recommend(model.Request{User: user, K: 10})
	require.NoError(t, err)
	require.Equal(t, model.Blend, list.Strategy)
	require.Len(t, list.Items, 10)
	same := map[string]bool{}
	other, err := whole.Recommend(model.Request{User: user, K: 10})
	require.NoError(t, err)
	for _, item := range append(list.Items, other.Items...) {
		same[item.ID] = true
	}
	require.Less(t, len(same), 20, "and both lists have something in common")
}

func TestTrainingTwiceIntoTheSameFolderTrainsOnce(t *testing.T) {
	data, config := shop(t)
	out := filepath.Join(t.TempDir(), "model")
	args := []string{"train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", out}
	var first, second, other trainSummary
	document(t, &first, args...)
	require.False(t, first.Reused)
	require.NotNil(t, first.Validation)
	require.NotNil(t, first.Holdout)
	training, err := mlflow.ReadRecord(filepath.Join(out, "training.json"))
	require.NoError(t, err)
	steps := map[string][]int64{}
	for _, metric := range training.Metrics {
		steps[metric.Key] = append(steps[metric.Key], metric.Step)
	}
	require.Equal(t, []int64{1, 2}, steps["train/loss"])
	require.Equal(t, []int64{1, 2}, steps["validation/ndcg_at_20"], "after each epoch")
	require.Contains(t, steps, "validation/segments/light_shoppers_ndcg_at_20")
	require.Contains(t, steps, "holdout/segments/repeat_purchases_recall_at_20")
	document(t, &second, args...)
	require.True(t, second.Reused)
	require.Equal(t, first.Digest, second.Digest)

	code, _, stderr := run(t, append(args, "--seed", "9")...)
	require.Equal(t, command.Failed, code)
	require.Contains(t, stderr, "holds a model of other data or settings")

	document(t, &other, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", out+"-again")
	for _, name := range []string{"model.safetensors", "golden.json", "items.parquet"} {
		a, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(out+"-again", name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(a, b), "%s has the same bytes", name)
	}
}

func TestCompareWritesWhatTheGateReads(t *testing.T) {
	data, config := shop(t)
	dir := t.TempDir()
	older, newer, out := filepath.Join(dir, "older"), filepath.Join(dir, "newer"), filepath.Join(dir, "paired.parquet")
	var trained trainSummary
	document(t, &trained, "train", "--events", data, "--config", config, "--as-of", "2024-02-07", "--model-dir", older)
	document(t, &trained, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", newer)
	var summary compareSummary
	document(t, &summary, "compare", "--events", data, "--config", config, "--models", older+","+newer, "--out", out)
	rows, err := paired.Read(out)
	require.NoError(t, err)
	require.Len(t, rows, summary.Rows)
	require.Positive(t, summary.Shoppers)

	salted := filepath.Join(dir, "salted")
	document(t, &trained, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", salted, "--holdout-salt", "changed")
	document(t, &summary, "compare", "--events", data, "--config", config, "--models", older+","+salted, "--out", out)
	require.Contains(t, summary.Skipped, "different holdout groups")
	require.Zero(t, summary.Rows)

	var report prequentialReport
	document(t, &report, "prequential", "--events", data, "--config", config, "--models", older+","+newer, "--day", "2024-02-08")
	require.Len(t, report.Models, 2)
	require.Positive(t, report.Models[0].All.Users)
	code, _, stderr := run(t, "prequential", "--events", data, "--config", config, "--models", newer, "--day", "2024-02-07")
	require.Equal(t, command.Misused, code)
	require.Contains(t, stderr, "has learned from 2024-02-07")
}

func TestEvaluatePrintsWindowsAndTheirMean(t *testing.T) {
	data, config := shop(t)
	var report struct {
		Windows []struct {
			Start    string
			All, New map[string]float64
		}
		Mean struct{ All, New map[string]float64 }
	}
	document(t, &report, "evaluate", "--events", data, "--config", config, "--weeks", "2024-01-22,2024-01-29", "--k", "20")
	require.Equal(t, "2024-01-22", report.Windows[0].Start)
	require.Contains(t, report.Windows[0].All, "ndcg@20")
	require.Contains(t, report.Mean.New, "recall@20")
}

func TestWithMLflowDownTheModelIsKept(t *testing.T) {
	data, config := shop(t)
	uri := mlflowtest.DownURI(t)
	out := filepath.Join(t.TempDir(), "model")
	spool := filepath.Join(t.TempDir(), "spool")
	code, stdout, stderr := run(t, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", out,
		"--mlflow-uri", uri, "--spool", spool, "--register", "recommender", "--output", "json")
	require.Equal(t, command.Succeeded, code, stderr)
	require.Contains(t, stdout, `"spooled": true`)
	require.Contains(t, stderr, "pipelines replay")
	runs, err := os.ReadDir(spool)
	require.NoError(t, err)
	require.Len(t, runs, 1)

	code, _, stderr = run(t, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", out, "--mlflow-uri", uri)
	require.Equal(t, command.Failed, code)
	require.Contains(t, stderr, "run the same command again to log it")
	require.FileExists(t, filepath.Join(out, "SHA256SUMS"))
}

func TestBadArgumentsAreNamed(t *testing.T) {
	data, config := shop(t)
	for _, c := range []struct {
		name, message string
		code          int
		args          []string
	}{
		{"a day that is none", "write it as YYYY-MM-DD", command.Misused, []string{"train", "--events", data, "--as-of", "yesterday", "--model-dir", "x"}},
		{"one model to compare", "--models names 1 folders; it must name two", command.Misused, []string{"compare", "--events", data, "--models", "a", "--out", "x"}},
		{"a folder that isn't there", "--events", command.Misused, []string{"train", "--events", "/nonexistent", "--as-of", "2024-01-01", "--model-dir", "x"}},
		{"registering nowhere", "--register needs --mlflow-uri", command.Misused, []string{"train", "--events", data, "--as-of", "2024-02-08", "--model-dir", "x", "--register", "r"}},
		{"an as-of before all data", "no interactions", command.Failed, []string{"train", "--events", data, "--config", config, "--as-of", "2020-01-01", "--model-dir", "x"}},
		{"a model folder that is none", "exists but is no model", command.Failed, []string{"train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", data}},
		{"a list of no length", "--k is 0", command.Misused, []string{"evaluate", "--events", data, "--weeks", "2024-01-22", "--k", "0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, stderr := run(t, c.args...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.message)
		})
	}
}
