package check

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func alike(days int, shoppers, noise float64) []point {
	base := make([]point, days)
	for i := range base {
		sign := float64(2*(i%2) - 1)
		base[i] = point{log: math.Log(2) + sign*noise, variance: 1, shoppers: shoppers}
	}
	return base
}

func TestLimitsAreWiderTheLessIsKnown(t *testing.T) {
	width := func(base []point, shoppers float64) float64 {
		expected := predictionLimits(base, shoppers, 0.9973)
		require.InDelta(t, 2, expected.middle, 0.3)
		require.Less(t, expected.lower, expected.middle)
		require.Greater(t, expected.upper, expected.middle)
		return math.Log(expected.upper / expected.lower)
	}
	usual := width(alike(28, 60, 0.05), 60)
	require.Greater(t, width(alike(7, 60, 0.05), 60), usual, "with fewer days")
	require.Greater(t, width(alike(28, 60, 0.05), 15), usual, "on a day of fewer shoppers")
	require.Greater(t, width(alike(28, 60, 0.5), 60), usual, "where days differ more than their shoppers explain")
	require.InDelta(t, 2*3.26*math.Sqrt(1.0/60), usual, 0.05, "as wide as the shoppers' own variance makes them")
}

func TestLimitsOfThreeDaysAreNumbers(t *testing.T) {
	expected := predictionLimits(alike(3, 5, 3), 1, 0.9999)
	require.False(t, math.IsInf(expected.upper, 0) || math.IsNaN(expected.upper))
	require.Positive(t, expected.lower)
}

func TestARatioKnowsHowSureItIs(t *testing.T) {
	over, under := make([]float64, 400), make([]float64, 400)
	for i := range over {
		over[i], under[i] = float64(i%2), 0.25
	}
	day := ratio(over, under)
	require.InDelta(t, math.Log(2), day.log, 0.01)
	require.InDelta(t, 1, day.variance, 0.02) // of over/mean: values 0 and 2
	require.InDelta(t, 400, day.shoppers, 0)

	nobody := ratio([]float64{0, 0}, []float64{0, 0})
	require.InDelta(t, 0, nobody.log, 1e-9)
	require.Zero(t, ratio(nil, nil))
}

func TestNDCGCountsHitsByPlace(t *testing.T) {
	basket := map[int32]bool{1: true, 2: true}
	require.InDelta(t, 1, ndcg([]int32{2, 1}, basket), 1e-12)
	require.InDelta(t, 1/math.Log2(3)/(1+1/math.Log2(3)), ndcg([]int32{5, 1}, basket), 1e-12)
	require.Zero(t, ndcg(nil, basket))
	large := map[int32]bool{}
	list := make([]int32, listLength)
	for i := range int32(50) {
		large[i] = true
	}
	for i := range list {
		list[i] = int32(i)
	}
	require.InDelta(t, 1, ndcg(list, large), 1e-12, "a full list of hits is the best there is for a basket larger than it")
}
