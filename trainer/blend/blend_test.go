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

func choose(t *testing.T, cases ...evaluation.Case) model.BlendWeights {
	t.Helper()
	start := model.BlendWeights{Past: 0, PastOffset: 0.1, ItemItem: 1, Popularity: 1}
	chosen, err := blend.Choose(context.Background(), catalogue(t), cases, 1, start)
	require.NoError(t, err)
	return chosen
}

func bought(profile int32, truth int32) evaluation.Case {
	c := evaluation.Case{Profile: model.Profile{Items: []int32{profile}, Weights: []float32{1}}, Truth: map[int32]bool{truth: true}, New: map[int32]bool{}}
	if profile != truth {
		c.New[truth] = true
	}
	return c
}

func TestWhereShoppersBuyAgainTheirOwnPastIsWeighedUp(t *testing.T) {
	require.Positive(t, choose(t, bought(2, 2), bought(3, 3)).Past)
}

func TestWhereShoppersBuyWhatGoesTogetherPopularityIsWeighedDown(t *testing.T) {
	require.Less(t, choose(t, bought(0, 1), bought(1, 0)).Popularity, 1.0)
}

func TestWhereNothingIsBetterTheStartStays(t *testing.T) {
	start := model.BlendWeights{Past: 0, PastOffset: 0.1, ItemItem: 1, Popularity: 1}
	require.Equal(t, start, choose(t, bought(2, 5)))
}
