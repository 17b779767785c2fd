package paired_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/paired"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

var group = holdout.Group{Salt: "salt", Share: 0.5}

func train(t *testing.T, log *interactions.Log, asOf events.Day, blend *model.BlendWeights) *model.Model {
	t.Helper()
	s := learn.DefaultSettings()
	s.Rank, s.Epochs, s.Neighbours, s.Blend = 8, 2, 20, blend
	trained, err := learn.Train(context.Background(), learn.Input{
		Log: log.SplitAt(asOf).Before, AsOf: asOf, Group: group, Name: "test",
		Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}, s, func(string, ials.Epoch) {})
	require.NoError(t, err)
	m, err := model.New(trained.Parameters)
	require.NoError(t, err)
	return m
}

func TestEachShopperOfTheGroupIsMeasuredOnEachDayItBoughtOn(t *testing.T) {
	log := tastetest.Small.Log()
	asOf := log.Last().AddDays(1)
	days := paired.Days(log, asOf, group)
	require.Len(t, days, holdout.Days)
	for _, day := range days {
		require.False(t, day.Day.Before(asOf.AddDays(-holdout.Days)))
		for _, shopper := range day.Shoppers {
			require.True(t, group.Contains(shopper.User))
			require.NotEmpty(t, shopper.Bought)
			for _, entry := range shopper.History {
				for _, age := range entry.Ages {
					require.GreaterOrEqual(t, age, 0, "history ends before the day")
				}
			}
		}
	}
}

func TestAModelComparedWithItselfTiesEverywhere(t *testing.T) {
	log := tastetest.Small.Log()
	asOf := log.Last().AddDays(1)
	m := train(t, log, asOf, nil)
	rows, err := paired.Compare(context.Background(), m, m, paired.Days(log, asOf, group))
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	for _, row := range rows {
		require.Equal(t, row.Old, row.New)
	}
}

func TestADeadModelIsFarBehind(t *testing.T) {
	log := tastetest.Small.Log()
	asOf := log.Last().AddDays(1)
	older := train(t, log, asOf.AddDays(-1), nil)
	dead := train(t, log, asOf, &model.BlendWeights{Past: -1, PastOffset: 0.1, PastExponent: 0.5, ItemItem: -1})
	rows, err := paired.Compare(context.Background(), older, dead, paired.Days(log, asOf, group))
	require.NoError(t, err)
	var before, after float64
	for _, row := range rows {
		if row.Setting == "all" && row.Metric == "ndcg@20" {
			before, after = before+row.Old, after+row.New
		}
	}
	require.Less(t, after, 0.5*before)
}

func TestAnItemThatAModelDoesntKnowCountsAgainstIt(t *testing.T) {
	triples := tastetest.Small.Triples()
	last := tastetest.Start.AddDays(tastetest.Small.Days - 1)
	var buyer string
	for _, triple := range triples {
		if group.Contains(triple.User) {
			buyer = triple.User
			break
		}
	}
	var only []interactions.Triple
	for _, triple := range triples {
		if triple.Day.Before(last) {
			only = append(only, triple)
		}
	}
	only = append(only, interactions.Triple{User: buyer, Item: "brand-new", Value: 1, Day: last})
	log := interactions.FromRows(only, 0)
	m := train(t, log, last, nil)
	summary, err := paired.Summarise(context.Background(), m, []paired.Day{paired.Everyone(log, last)})
	require.NoError(t, err)
	require.Equal(t, evaluation.Mean{Users: 1, K: 20}, summary.All)
	require.Equal(t, evaluation.Mean{Users: 1, K: 20}, summary.New)
}

func TestRowsSurviveTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "paired.parquet")
	rows := []paired.Row{{Shopper: "17850", Day: "2011-11-01", Setting: "all", Metric: "ndcg@20", Old: 0.25, New: 0.5}}
	require.NoError(t, paired.Write(path, rows))
	got, err := paired.Read(path)
	require.NoError(t, err)
	require.Equal(t, rows, got)
	entries, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	require.NoError(t, err)
	require.Equal(t, []string{path}, entries, "nothing is left beside it")
}
