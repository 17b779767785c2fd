package evaluation_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
)

func TestEachShopperAndPurchaseIsInItsSegments(t *testing.T) {
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Small))
	require.NoError(t, err)
	profile := func(items ...int32) model.Profile {
		return model.Profile{Items: items, Weights: make([]float32, len(items))}
	}
	set := func(items ...int32) map[int32]bool {
		all := map[int32]bool{}
		for _, item := range items {
			all[item] = true
		}
		return all
	}
	segments, err := evaluation.Segments(context.Background(), m, []evaluation.Case{
		{User: "none", Truth: set(1, 2), New: set(1, 2)},
		{User: "one", Profile: profile(3), Truth: set(3, 4), New: set(4)},
		{User: "three", Profile: profile(5, 6, 7), Truth: set(5), New: set()},
		{User: "four", Profile: profile(5, 6, 7, 8), Truth: set(9), New: set(9)},
	}, 50)
	require.NoError(t, err)
	counts := map[string]int{}
	for name, scores := range segments {
		counts[name] = len(scores)
		for _, score := range scores {
			require.InDelta(t, 1, score.Recall, 1e-9, "a list of all items finds everything")
		}
	}
	require.Equal(t, 1, counts[evaluation.NewShoppers])
	require.Equal(t, 1, counts[evaluation.LightShoppers])
	require.Equal(t, 2, counts[evaluation.HeavyShoppers])
	require.Equal(t, 2, counts[evaluation.RepeatPurchase])
	require.Equal(t, 2, counts[evaluation.FirstPurchase])
	require.GreaterOrEqual(t, counts[evaluation.HeadProducts]+counts[evaluation.TorsoProducts]+counts[evaluation.TailProducts], 3)
}

func TestEstimatesAverageWindowsThatHaveAnyoneAndCarryIntervals(t *testing.T) {
	scores := evaluation.Scores{{{Recall: 1, NDCG: 0.5}, {Recall: 0, NDCG: 0.5}}, nil, {{Recall: 1, NDCG: 1}}}
	e := scores.Estimate(20)
	require.Equal(t, 3, e.Users)
	require.InDelta(t, 0.75, e.Recall, 1e-12)
	require.InDelta(t, 0.75, e.NDCG, 1e-12)
	require.Equal(t, evaluation.Interval{Low: 0.75, High: 0.75}, e.NDCGInterval, "each window's shoppers agree")
	require.InDelta(t, 0.5, e.RecallInterval.Low, 1e-12)
	require.InDelta(t, 1, e.RecallInterval.High, 1e-12)
	document, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"users":3,"recall@20":0.75,"ndcg@20":0.75,"recall@20_interval":[0.5,1],"ndcg@20_interval":[0.75,0.75]}`, string(document))
}

func TestABootstrapIntervalHoldsTheMeanAndNarrowsWithMoreShoppers(t *testing.T) {
	width := func(shoppers int) float64 {
		values := make([]float64, shoppers)
		for i := range values {
			values[i] = float64(i % 2)
		}
		interval := evaluation.Bootstrap([][]float64{values})
		require.Less(t, interval.Low, 0.5)
		require.Greater(t, interval.High, 0.5)
		require.Equal(t, interval, evaluation.Bootstrap([][]float64{values}), "the same values give the same interval")
		return interval.High - interval.Low
	}
	require.InDelta(t, 2*1.96*0.5/20, width(400), 0.02)
	require.InDelta(t, 2, width(100)/width(400), 0.4)
	require.Zero(t, evaluation.Bootstrap(nil))
}
