package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/table"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
	"github.com/daybreak-ml/daybreak/trainer/weeks"
)

var monday = events.NewDay(2024, 3, 4)

// smallShop has two shoppers before monday; ann then buys a mug again and a bag
// for the first time, and zoe what nobody had bought before.
func smallShop() *shop {
	return &shop{Name: "small", Settings: learn.DefaultSettings(), log: interactions.FromRows([]interactions.Triple{
		{User: "ann", Item: "mug", Value: 1, Day: monday.AddDays(-9)},
		{User: "ann", Item: "mug", Value: 1, Day: monday.AddDays(-1)},
		{User: "zoe", Item: "bag", Value: 1, Day: monday.AddDays(-1)},
		{User: "zoe", Item: "cup", Value: 1, Day: monday.AddDays(-1)},
		{User: "ann", Item: "mug", Value: 1, Day: monday},
		{User: "ann", Item: "bag", Value: 1, Day: monday.AddDays(6)},
		{User: "ann", Item: "cup", Value: 1, Day: monday.AddDays(7)},
		{User: "zoe", Item: "new", Value: 1, Day: monday},
	}, 0)}
}

func TestWeeksAreTheLastFourUnlessOthersAreAskedFor(t *testing.T) {
	small := tastetest.Small.Log()
	for _, c := range []struct {
		name  string
		shop  shop
		asked []string
		want  []string
		err   string
	}{
		{"the last four weeks", shop{Name: "any", log: small}, nil, []string{"2024-01-13", "2024-01-20", "2024-01-27", "2024-02-03"}, ""},
		{"those asked for", shop{Name: "any", log: small}, []string{"2024-01-15"}, []string{"2024-01-15"}, ""},
		{"a day that is none", shop{Name: "any", log: small}, []string{"monday"}, nil, "--weeks"},
		{"nothing before the week", shop{Name: "any", log: small}, []string{"2024-01-01"}, nil, "begins on 2024-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			starts, err := c.shop.weeks(c.asked)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			var got []string
			for _, start := range starts {
				got = append(got, start.String())
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestPeersAreToldWhatLiesBeforeTheWeekAndNoMore(t *testing.T) {
	w, err := smallShop().week(monday)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, w.writeTable(filepath.Join(dir, "train.tsv")))
	rows, err := table.Read(filepath.Join(dir, "train.tsv"))
	require.NoError(t, err)
	require.Equal(t, []table.Row{
		{User: "ann", Item: "mug", Value: 1, Seconds: 1708732800},
		{User: "ann", Item: "mug", Value: 1, Seconds: 1709424000},
		{User: "zoe", Item: "bag", Value: 1, Seconds: 1709424000},
		{User: "zoe", Item: "cup", Value: 1, Seconds: 1709424000},
	}, rows)

	require.NoError(t, w.writeShoppers(filepath.Join(dir, "shoppers.txt")))
	shoppers, err := os.ReadFile(filepath.Join(dir, "shoppers.txt"))
	require.NoError(t, err)
	require.Equal(t, "ann\n", string(shoppers), "zoe bought nothing that was known")
}

func TestListsAreHeldAgainstWhatWasBought(t *testing.T) {
	w, err := smallShop().week(monday)
	require.NoError(t, err)
	shoppers, err := w.measure([][]string{{"mug", "cup"}}, [][]string{{"cup", "bag"}}, 2)
	require.NoError(t, err)
	summary := evaluation.Summarise(shoppers, 2)
	require.InDelta(t, 0.5, summary.All.Recall, 1e-9, "the mug, of mug and bag")
	require.InDelta(t, 1/(1+0.63093), summary.All.NDCG, 1e-5, "in the first place of two")
	require.InDelta(t, 1, summary.New.Recall, 1e-9, "the bag alone is new")
	require.InDelta(t, 0.63093, summary.New.NDCG, 1e-5, "in the second place")

	for _, c := range []struct {
		name       string
		all, fresh []string
		err        string
	}{
		{"an item that isn't known", []string{"new"}, nil, `item "new" isn't of the training table`},
		{"an item twice", []string{"mug", "mug"}, nil, "twice"},
		{"an item the shopper had, in a list of new ones", []string{"mug"}, []string{"mug"}, "isn't new to them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.measure([][]string{c.all}, [][]string{c.fresh}, 2)
			require.ErrorContains(t, err, c.err)
			require.ErrorContains(t, err, `"ann"`)
		})
	}
	_, err = w.measure(nil, nil, 2)
	require.ErrorContains(t, err, "0 and 0 lists for 1 shoppers")
}

func TestDaybreakIsMeasuredAsTheTrainerEvaluates(t *testing.T) {
	ctx := context.Background()
	s := shop{Name: "small", Settings: learn.DefaultSettings(), log: tastetest.Small.Log()}
	start := tastetest.Start.AddDays(33)
	w, err := s.week(start)
	require.NoError(t, err)
	ours, err := measureDaybreak(ctx, w, 20)
	require.NoError(t, err)
	evaluated, err := weeks.Evaluate(ctx, s.log, []events.Day{start}, weeks.Options{K: 20, Choose: weeks.Always(s.Settings)}, func(string, ials.Epoch) {})
	require.NoError(t, err)
	require.Equal(t, evaluated.Mean, ours.Summary)
}

func TestReportComparesMeansOverTheWeeks(t *testing.T) {
	r := &report{Shop: "small", K: 20}
	for week, seconds := range []float64{1, 3} {
		start := monday.AddDays(7 * week)
		r.record(daybreak, weekResult{Start: start, learned: learned{FitSeconds: seconds}})
		r.record("peer", weekResult{Start: start, learned: learned{FitSeconds: 2 * seconds, TuneSeconds: 10}})
	}
	require.InDelta(t, 2, r.Recommenders[0].Mean.FitSeconds, 1e-9)
	lines := strings.Split(r.text(), "\n")
	require.Equal(t, "| peer | 0.0000 | 0.0000 | 0.0000 | 0.0000 | 10.00 | 4.00 | 2.00 |", lines[3])
}

func TestTheLeadIsMeasuredShopperByShopper(t *testing.T) {
	shoppers := func(ndcg ...float64) []evaluation.Shopper {
		var all []evaluation.Shopper
		for _, value := range ndcg {
			all = append(all, evaluation.Shopper{All: evaluation.Score{NDCG: value}, New: &evaluation.Score{NDCG: value / 2}})
		}
		return all
	}
	result := func(s []evaluation.Shopper) weekResult {
		return weekResult{Start: monday, learned: learned{Summary: evaluation.Summarise(s, 20), shoppers: s}}
	}
	r := &report{Shop: "small", K: 20}
	r.record(daybreak, result(shoppers(0.1, 0.5, 0.9)))
	r.record("peer", result(shoppers(0, 0.4, 0.8)))
	require.Nil(t, r.Recommenders[0].Lead)
	ahead := r.Recommenders[1].Lead
	require.InDelta(t, 0.1, ahead.All, 1e-9)
	require.InDelta(t, 0.1, ahead.AllInterval.Low, 1e-9, "each shopper is ahead by the same, however they differ")
	require.InDelta(t, 0.05, ahead.NewInterval.High, 1e-9)
	require.Contains(t, r.text(), "| peer | +0.1000 | +0.1000 to +0.1000 |")
}

func TestTheBenchmarksListsAreMeasuredAsThePeersAre(t *testing.T) {
	s := shop{Name: "small", Settings: learn.DefaultSettings(), log: tastetest.Small.Log()}
	w, err := s.week(tastetest.Start.AddDays(33))
	require.NoError(t, err)
	contest, err := measureBenchmark(context.Background(), w, 20)
	require.NoError(t, err)
	require.Equal(t, len(w.Cases), contest.All.Users)
	require.Greater(t, contest.All.NDCG, 0.2)
	require.Positive(t, contest.New.NDCG)
	require.Positive(t, contest.FitSeconds)
}
