package metrics_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

func set(items ...int32) map[int32]bool {
	s := map[int32]bool{}
	for _, item := range items {
		s[item] = true
	}
	return s
}

func TestMetricsOfKnownRankings(t *testing.T) {
	ideal2 := 1 + 1/math.Log2(3)
	for _, c := range []struct {
		name                 string
		ranking              []int32
		truth                map[int32]bool
		k                    int
		recall, ndcg, hitted float64
	}{
		{"a perfect list scores 1", []int32{4, 7}, set(7, 4), 2, 1, 1, 1},
		{"a hit at the second place is discounted by log2(3)", []int32{1, 7}, set(7), 2, 1, 1 / math.Log2(3), 1},
		{"recall divides by k where more than k were bought", []int32{1, 2}, set(1, 2, 3, 4), 2, 1, 1, 1},
		{"what lies behind place k doesn't count", []int32{9, 9, 1}, set(1), 2, 0, 0, 0},
		{"a list shorter than k is measured as it is", []int32{1}, set(1, 2), 20, 0.5, 1 / ideal2, 1},
		{"an empty list scores 0", nil, set(1), 20, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.InDelta(t, c.recall, metrics.Recall(c.ranking, c.truth, c.k), 1e-12)
			require.InDelta(t, c.ndcg, metrics.NDCG(c.ranking, c.truth, c.k), 1e-12)
			require.InDelta(t, c.hitted, metrics.HitRate(c.ranking, c.truth, c.k), 1e-12)
		})
	}
}
