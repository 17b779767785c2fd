package blend_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
)

// catalogue is a model of six items of which 0 and 1 go together, and 5 is what
// everybody buys.
func catalogue(t *testing.T) *model.Model {
	t.Helper()
	p := model.Parameters{
		Users: []string{"ann"}, ItemFactors: make([]float32, 6), UserFactors: make([]float32, 1),
		ItemItem:   model.CSR{Indptr: []int64{0, 1, 2, 2, 2, 2, 2}, Indices: []int32{1, 0}, Weights: []float32{1, 1}},
		Past:       model.CSR{Indptr: []int64{0, 0}},
		Popularity: []float32{0.1, 0.1, 0.1, 0.1, 0.1, 1},
		Lift:       []float32{1, 1, 1, 1, 1, 1},
	}
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		p.Items = append(p.Items, model.ItemInfo{ID: id})
	}
	p.Config = model.Config{
		FormatVersion: model.FormatVersion, ModelName: "test", AsOf: "2024-01-01", TimeZone: "UTC", Rank: 1,
		Counts: model.Counts{Users: 1, Items: 6},
		Scoring: model.Scoring{
			HistoryHalfLifeDays: 1, PopularityHalfLifeDays: 1, Saturation: 1,
			Factorisation: model.Factorisation{Confidence: 1, UnobservedWeight: 1, Regularisation: 1, RegularisationExponent: 1},
		},
	}
	m, err := model.New(p)
	require.NoError(t, err)
	return m
}

var start = blend.Choice{Weights: model.BlendWeights{Past: 0, PastOffset: 0.1, ItemItem: 1, Popularity: 1}}

// choose chooses for two windows with the same cases.
func choose(t *testing.T, trend []float32, cases ...evaluation.Case) blend.Choice {
	t.Helper()
	window := blend.Window{Model: catalogue(t), Trend: trend, Cases: cases}
	sample, err := blend.Observe(context.Background(), []blend.Window{window, window}, 1)
	require.NoError(t, err)
	chosen, objective := sample.Choose(start)
	require.InDelta(t, objective, sample.Objective(chosen), 0)
	require.GreaterOrEqual(t, objective, sample.Objective(start))
	return chosen
}

// steady is the trend of a shop that always sells the same.
var steady = []float32{1, 1, 1, 1, 1, 1}

func bought(profile int32, truth int32) evaluation.Case {
	c := evaluation.Case{Profile: model.Profile{Items: []int32{profile}, Weights: []float32{1}}, Truth: map[int32]bool{truth: true}, New: map[int32]bool{}}
	if profile != truth {
		c.New[truth] = true
	}
	return c
}

func TestWhereShoppersBuyAgainTheirOwnPastIsWeighedUp(t *testing.T) {
	require.Positive(t, choose(t, steady, bought(2, 2), bought(3, 3)).Weights.Past)
}

func TestWhereShoppersBuyWhatGoesTogetherPopularityIsWeighedDown(t *testing.T) {
	require.Less(t, choose(t, steady, bought(0, 1), bought(1, 0)).Weights.Popularity, 1.0)
}

func TestWhereShoppersBuyWhatSellsBetterThanItUsedToTrendsCount(t *testing.T) {
	require.Positive(t, choose(t, []float32{1, 8, 1, 1, 1, 1}, bought(0, 1)).TrendExponent)
}

func TestWhereNothingIsBetterTheStartStays(t *testing.T) {
	require.Equal(t, start, choose(t, steady, bought(2, 5)))
}

func TestLiftIsAPowerOfTheTrend(t *testing.T) {
	require.Equal(t, []float32{2, 1, 0.5}, blend.Choice{TrendExponent: 0.5}.Lift([]float32{4, 1, 0.25}))
	require.Equal(t, []float32{1, 1, 1}, blend.Choice{}.Lift([]float32{4, 1, 0.25}))
}
