package card_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/card"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/record"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

// described trains a small model on the log and describes it.
func described(t *testing.T, log *interactions.Log, group holdout.Group) (card.Card, *model.Model) {
	t.Helper()
	settings := learn.DefaultSettings()
	settings.Rank, settings.Epochs, settings.Neighbours = 8, 2, 20
	settings.Blend = &model.BlendWeights{Past: 1, PastOffset: 0.1, PastExponent: 0.5, ItemItem: 1, Factors: 1, Popularity: 0.1}
	in := learn.Input{
		Log: log, AsOf: log.Last().AddDays(1), Group: group, Name: "recommender",
		Items: func(id string) learn.ItemFacts { return learn.ItemFacts{Title: "Title of " + id} },
	}
	journal := record.NewJournal(func(model.Metric) {})
	trained, err := learn.Train(context.Background(), in, settings, journal.Epoch)
	require.NoError(t, err)
	trained.Validation = &evaluation.Summary{All: evaluation.Mean{Users: 50, K: 20, Recall: 0.4, NDCG: 0.3}}
	trained.Parameters.Training = record.Of(trained, nil, trained.Seconds, journal)
	m, err := model.New(trained.Parameters)
	require.NoError(t, err)
	c, err := card.Of(context.Background(), m, log, "/data")
	require.NoError(t, err)
	return c, m
}

func TestACardDescribesTheListsOfActiveShoppers(t *testing.T) {
	log := tastetest.Small.Log()
	c, m := described(t, log, holdout.Group{Salt: "s", Share: 0.2})
	require.Equal(t, m.Items(), c.Coverage.Items)
	require.Positive(t, c.Coverage.Recommended)
	require.LessOrEqual(t, c.Coverage.Recommended, c.Coverage.Items)
	require.Positive(t, c.Coverage.Novelty)
	require.Greater(t, c.Coverage.Repeats, 0.0)
	require.Less(t, c.Coverage.Repeats, 1.0)
	require.Contains(t, c.Metrics, "train/loss")

	for _, scores := range c.Scores {
		lists := 0
		for _, count := range scores.Counts {
			lists += count
		}
		require.Equal(t, c.Shoppers, lists, "each list has a score at place %d", scores.Place)
	}
	require.Greater(t, c.Scores[0].Median, c.Scores[len(c.Scores)-1].Median, "scores fall along a list")

	items, bought, recommended := 0, 0.0, 0.0
	for _, band := range c.Bands {
		items, bought, recommended = items+band.Items, bought+band.Bought, recommended+band.Recommended
	}
	require.Equal(t, m.Items(), items, "each item is in one band")
	require.InDelta(t, 1, bought, 1e-9)
	require.InDelta(t, 1, recommended, 1e-9)
}

func TestTablesNameItemsByTheirTitles(t *testing.T) {
	c, _ := described(t, tastetest.Small.Log(), holdout.Group{})
	files := map[string]card.Table{}
	for _, table := range c.Tables {
		files[table.File] = table
		for _, row := range table.Data {
			require.Len(t, row, len(table.Columns))
		}
	}
	samples := files["tables/samples.json"]
	require.NotEmpty(t, samples.Data)
	require.Contains(t, samples.Data[0][1], "Title of ")
	require.Contains(t, samples.Data[0][2], "Title of ")
	require.Positive(t, samples.Data[0][3])
	require.Contains(t, files["tables/most-recommended.json"].Data[0][1], "Title of ")
	segments := files["tables/segments.json"]
	require.Equal(t, []any{"validation", "all purchases", 50.0, 0.4, 0.3}, segments.Data[0])
}

func TestDatasetsAreWhatTrainingUsedAndForWhat(t *testing.T) {
	log := tastetest.Small.Log()
	c, _ := described(t, log, holdout.Group{Salt: "s", Share: 0.2})
	count := map[string]int{}
	digests := map[string]bool{}
	for _, dataset := range c.Datasets {
		var profile struct{ Interactions int }
		require.NoError(t, json.Unmarshal([]byte(dataset.Dataset.Profile), &profile))
		require.NoError(t, dataset.Dataset.Validate())
		count[dataset.Context] = profile.Interactions
		digests[dataset.Dataset.Digest] = true
		require.JSONEq(t, `{"uri": "/data/events"}`, dataset.Dataset.Source)
	}
	require.Equal(t, len(log.Rows), count["training"]+count["holdout"], "what the model is compared on, its item side never saw")
	require.Positive(t, count["validation"])
	require.Len(t, digests, 3)
	again, _ := described(t, log, holdout.Group{Salt: "s", Share: 0.2})
	require.Equal(t, c.Datasets, again.Datasets)
}

func TestAModelWithoutActiveShoppersHasACardToo(t *testing.T) {
	log := tastetest.Small.Log()
	_, m := described(t, log, holdout.Group{})
	later := interactions.FromRows([]interactions.Triple{{User: "stranger", Item: "unknown", Value: 1, Day: log.Last()}}, 0)
	c, err := card.Of(context.Background(), m, later, "/data")
	require.NoError(t, err)
	require.Zero(t, c.Shoppers)
	require.Empty(t, c.Scores)
}
