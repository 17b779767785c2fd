package learn_test

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

var group = holdout.Group{Salt: "salt", Share: 0.3}

func settings() learn.Settings {
	s := learn.DefaultSettings()
	s.Rank, s.Epochs, s.Neighbours = 8, 3, 20
	return s
}

func input(log *interactions.Log) learn.Input {
	return learn.Input{
		Log: log, AsOf: log.Last().AddDays(1), Group: group, Name: "test",
		Items: func(id string) learn.ItemFacts { return learn.ItemFacts{Title: "the " + id, InStock: true} },
	}
}

func train(t *testing.T, in learn.Input, s learn.Settings) learn.Trained {
	t.Helper()
	trained, err := learn.Train(context.Background(), in, s, func(string, ials.Epoch) {})
	require.NoError(t, err)
	return trained
}

func TestTheSameInputGivesTheSameModelOnAnyNumberOfCores(t *testing.T) {
	on := func(cores int) model.Parameters {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		return train(t, input(tastetest.Small.Log()), settings()).Parameters
	}
	one := on(1)
	require.Equal(t, one, on(3))
	other := settings()
	other.Seed++
	require.NotEqual(t, one.ItemFactors, train(t, input(tastetest.Small.Log()), other).Parameters.ItemFactors)
}

func TestFactorsBeginAlongTheStrongestDirectionsUnlessChanceIsAskedFor(t *testing.T) {
	begun := func(spectral bool) learn.Trained {
		s := settings()
		s.SpectralStart = spectral
		return train(t, input(tastetest.Small.Log()), s)
	}
	require.True(t, learn.DefaultSettings().SpectralStart)
	found, random := begun(true), begun(false)
	require.Less(t, found.Epochs[0].Loss, random.Epochs[0].Loss)
	require.InDelta(t, 1, found.Parameters.Config.Hyperparameters["spectral_start"], 0, "the model says how it began")
	require.NotContains(t, random.Parameters.Config.Hyperparameters, "spectral_start")
}

func TestEachEpochIsMeasuredWhereSomebodyAsksAndNothingElseChanges(t *testing.T) {
	unwatched := train(t, input(tastetest.Small.Log()), settings())
	var epochs []int
	var ndcgs []float64
	in := input(tastetest.Small.Log())
	in.Validated = func(epoch int, ndcg float64) { epochs, ndcgs = append(epochs, epoch), append(ndcgs, ndcg) }
	watched := train(t, in, settings())
	require.Equal(t, []int{1, 2, 3}, epochs)
	for _, ndcg := range ndcgs {
		require.InDelta(t, watched.Validation.All.NDCG, ndcg, 0.2)
	}
	require.Equal(t, unwatched.Parameters, watched.Parameters)
	require.Equal(t, unwatched.Validation, watched.Validation)
}

// The comparison of two nights' models rests on this: what the group did in the
// last days must leave no trace in anything that is learned of items.
func TestTheHoldoutGroupsLastDaysNeverReachTheItemSide(t *testing.T) {
	triples := tastetest.Small.Triples()
	asOf := tastetest.Start.AddDays(tastetest.Small.Days)
	from := asOf.AddDays(-holdout.Days)
	changed := slices.Clone(triples)
	touched := 0
	for i, triple := range changed {
		if group.Contains(triple.User) && !triple.Day.Before(from) {
			changed[i].Item = "item-007"
			touched++
		}
	}
	require.Greater(t, touched, 20)
	before := train(t, input(interactions.FromRows(triples, 0)), settings()).Parameters
	after := train(t, input(interactions.FromRows(changed, 0)), settings()).Parameters
	require.Equal(t, before.ItemFactors, after.ItemFactors)
	require.Equal(t, before.ItemItem, after.ItemItem)
	require.Equal(t, before.Popularity, after.Popularity)
	require.Equal(t, before.Config.Scoring.Blend, after.Config.Scoring.Blend)
	require.NotEqual(t, before.Past, after.Past, "the group's own profiles do know")
	for u, id := range before.Users {
		if !group.Contains(id) {
			rank := before.Config.Rank
			require.Equal(t, before.UserFactors[u*rank:(u+1)*rank], after.UserFactors[u*rank:(u+1)*rank])
		}
	}
}

func TestAStoredFactorIsWhatFoldingTheProfileInGives(t *testing.T) {
	parameters := train(t, input(tastetest.Small.Log()), settings()).Parameters
	m, err := model.New(parameters)
	require.NoError(t, err)
	for u := range m.Users() {
		items, weights := m.Past().Row(u)
		stored, err := m.Recommend(model.Request{User: m.UserID(u), K: 10})
		require.NoError(t, err)
		folded, err := m.RecommendProfile(model.Profile{Items: items, Weights: weights}, model.Request{K: 10})
		require.NoError(t, err)
		require.Equal(t, stored, folded, "what is evaluated is what serves")
	}
}

func TestTheModelBeatsPopularityOnWhatCameAfter(t *testing.T) {
	log := tastetest.Small.Log()
	start := log.Last().AddDays(-6)
	split := log.SplitAt(start)
	s := settings()
	in := input(split.Before)
	in.AsOf = start
	cases := evaluation.Cases(log, split, start, start.AddDays(7), s.HistoryHalfLifeDays, evaluation.Everyone)
	ndcg := func(s learn.Settings) float64 {
		m, err := model.New(train(t, in, s).Parameters)
		require.NoError(t, err)
		shoppers, err := evaluation.Measure(context.Background(), m, cases, learn.K)
		require.NoError(t, err)
		return evaluation.Summarise(shoppers, learn.K).All.NDCG
	}
	popularity := s
	popularity.Blend = &model.BlendWeights{Popularity: 1}
	require.Greater(t, ndcg(s), 1.3*ndcg(popularity))
}

func TestAShortHistoryIsLearnedWithTheDefaultBlend(t *testing.T) {
	short := tastetest.Shop{Users: 5, Items: 5, Tastes: 2, Days: 3, PerDay: 4, Seed: 1}
	trained := train(t, input(short.Log()), settings())
	require.Nil(t, trained.Validation)
	require.InDelta(t, 1, trained.Parameters.Config.Scoring.Blend.ItemItem, 0)
}

func TestOneShopperAndOneItemMakeAModel(t *testing.T) {
	log := interactions.FromRows([]interactions.Triple{{User: "ann", Item: "mug", Value: 1, Day: events.NewDay(2024, 1, 1)}}, 0)
	in := input(log)
	in.Group = holdout.Group{}
	m, err := model.New(train(t, in, settings()).Parameters)
	require.NoError(t, err)
	answer, err := m.Recommend(model.Request{User: "ann", K: 3})
	require.NoError(t, err)
	require.Equal(t, "mug", answer.Items[0].ID)
}

func TestNothingIsLearnedWhereAllIsWithheld(t *testing.T) {
	log := interactions.FromRows([]interactions.Triple{{User: "ann", Item: "mug", Value: 1, Day: events.NewDay(2024, 1, 1)}}, 0)
	in := input(log)
	in.Group = holdout.Group{Salt: "s", Share: 1}
	_, err := learn.Train(context.Background(), in, settings(), func(string, ials.Epoch) {})
	require.ErrorIs(t, err, interactions.ErrEmpty)
}
