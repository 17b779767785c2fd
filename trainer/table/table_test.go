package table_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/table"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "table.tsv")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestATableMayHaveTwoToFourColumns(t *testing.T) {
	rows, err := table.Read(file(t, "ann\tmug\n\nann\tbag\t4.5\r\nzoe\tmug\t1\t1320624000\n"))
	require.NoError(t, err)
	require.Equal(t, []table.Row{{User: "ann", Item: "mug", Value: 1}, {User: "ann", Item: "bag", Value: 4.5}, {User: "zoe", Item: "mug", Value: 1, Seconds: 1320624000}}, rows)
}

func TestBadTablesNameLineAndField(t *testing.T) {
	for _, c := range []struct{ name, content, message string }{
		{"no rows", "\n", "is empty; it must hold lines of user, item"},
		{"one column", "ann mug\n", "line 1: has 1 fields; it must have 2 to 4, separated by tabs"},
		{"no item", "ann\t\n", "line 1: user is \"ann\" and item \"\""},
		{"a value that is no number", "a\tb\t1\nann\tmug\tfive\n", "line 2: value is \"five\""},
		{"NaN", "ann\tmug\tNaN\n", "value is \"NaN\"; it must be a finite number"},
		{"a time that is no number", "ann\tmug\t1\tyesterday\n", "time is \"yesterday\"; it must be in seconds since 1970"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := table.Read(file(t, c.content))
			require.ErrorContains(t, err, c.message)
		})
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add("ann\tmug\t1\t2\n")
	f.Add("\t\t\t\n")
	f.Add("ann\tmug\tInf\n")
	f.Fuzz(func(t *testing.T, content string) {
		rows, err := table.Read(file(t, content))
		require.True(t, (err == nil) == (len(rows) > 0))
	})
}

func rows(from, to int) []table.Row {
	var out []table.Row
	for _, triple := range tastetest.Small.Triples() {
		if day := triple.Day.Sub(tastetest.Start); day >= from && day < to {
			out = append(out, table.Row{User: triple.User, Item: triple.Item, Value: 1, Seconds: int64(19_723+day) * 86_400})
		}
	}
	return out
}

func options(excludeSeen bool) table.Options {
	s := learn.DefaultSettings()
	s.Rank, s.Epochs, s.Neighbours = 8, 2, 20
	return table.Options{K: 20, ExcludeSeen: excludeSeen, Settings: s}
}

func TestBenchmarkRanksAllItemsForUsersOfBothTables(t *testing.T) {
	report, err := table.Benchmark(context.Background(), rows(0, 30), rows(30, 40), options(false), func(string, ials.Epoch) {})
	require.NoError(t, err)
	require.Positive(t, report.Users)
	require.Greater(t, report.NDCG.Value, 0.2)
	require.LessOrEqual(t, report.Coverage.Value, 1.0)
	for name, m := range map[string]table.Measured{
		"recall": report.Recall, "hr": report.HitRate, "coverage": report.Coverage, "novelty": report.Novelty,
	} {
		require.LessOrEqual(t, m.Interval.Low, m.Value, name)
		require.GreaterOrEqual(t, m.Interval.High, m.Value, name)
		require.Contains(t, report.Document(), name+"@20_interval")
	}
	require.Contains(t, report.Document(), "hr@20")
	require.Less(t, report.NDCG.Interval.Low, report.NDCG.Value)
	require.Greater(t, report.NDCG.Interval.High, report.NDCG.Value)
	require.Positive(t, report.Novelty.Value)
	fresh, err := table.Benchmark(context.Background(), rows(0, 30), rows(30, 40), options(true), func(string, ials.Epoch) {})
	require.NoError(t, err)
	require.Less(t, fresh.Recall.Value, report.Recall.Value+0.2)
}

func TestWhatDoesBestOnThePartHeldBackIsChosen(t *testing.T) {
	timeless := rows(0, 30)
	for i := range timeless {
		timeless[i].Seconds = 0
	}
	for heldBack, train := range map[string][]table.Row{"the last tenth by time": rows(0, 30), "a tenth of the rows, by a hash": timeless} {
		report, err := table.Benchmark(context.Background(), train, rows(30, 40), options(true), func(string, ials.Epoch) {})
		require.NoError(t, err)
		contest := report.Model.Contest
		require.NotNil(t, contest)
		require.Equal(t, heldBack, contest.HeldBack)
		if heldBack != "the last tenth by time" {
			require.Zero(t, report.Model.Hyperparameters["trend_exponent"], "a table without times knows no trends")
		}
		require.Len(t, contest.NDCG, 3)
		for kind, ndcg := range contest.NDCG {
			require.LessOrEqual(t, ndcg, contest.NDCG[contest.Winner], kind)
		}
	}
	fixed := options(true)
	fixed.Settings.Blend = &model.BlendWeights{ItemItem: 1}
	report, err := table.Benchmark(context.Background(), rows(0, 30), rows(30, 40), fixed, func(string, ials.Epoch) {})
	require.NoError(t, err)
	require.Nil(t, report.Model.Contest, "what the settings decide isn't contested")
}

func TestTablesWithoutACommonUserAreAClearError(t *testing.T) {
	_, err := table.Benchmark(context.Background(), rows(0, 30), []table.Row{{User: "nobody", Item: "item-001", Value: 1}}, options(true), func(string, ials.Epoch) {})
	require.ErrorContains(t, err, "no user of the test table is in the training table")
}

func TestRatingsBelowTheThresholdAreNoSignal(t *testing.T) {
	var low []table.Row
	for i := range 4 {
		low = append(low, table.Row{User: "ann", Item: fmt.Sprint(i), Value: float64(i) / 2})
	}
	_, err := table.Benchmark(context.Background(), low, low, options(false), func(string, ials.Epoch) {})
	require.ErrorIs(t, err, interactions.ErrEmpty)
	require.True(t, strings.Contains(err.Error(), "rating_threshold (3)"))
}
