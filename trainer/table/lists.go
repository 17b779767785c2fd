package table

import (
	"math"
	"math/rand/v2"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
)

const (
	coverageResamples = 200
	coverageSeed      = 0xc0
)

// coverage returns the share of so many items that are in anybody's list [users],
// with its interval: 1.96 standard errors by the bootstrap over users to either
// side. Percentiles would lie below the value, as users who are drawn twice cover
// nothing more.
func coverage(lists [][]int32, items int) Measured {
	seen := make([]int, items) // by the draw that saw it last
	draw := 0
	share := func(list func(n int) []int32) float64 {
		draw++
		var found float64
		for n := range lists {
			for _, item := range list(n) {
				if seen[item] != draw {
					seen[item] = draw
					found++
				}
			}
		}
		return found / float64(items)
	}
	value := share(func(n int) []int32 { return lists[n] })
	source := rand.New(rand.NewPCG(coverageSeed, 0))
	var sum, squares float64
	for range coverageResamples {
		again := share(func(int) []int32 { return lists[source.IntN(len(lists))] })
		sum += again
		squares += again * again
	}
	mean := sum / coverageResamples
	half := 1.96 * math.Sqrt(max(0, squares/coverageResamples-mean*mean))
	return Measured{Value: value, Interval: evaluation.Interval{Low: max(0, value-half), High: min(1, value+half)}}
}

// novelty returns the mean self-information of each user's list, in bits: how
// rare it is among the users of the training table to have what is listed.
func novelty(m *model.Model, lists [][]int32) Measured {
	owners := make([]int, m.Items())
	for _, item := range m.Past().Indices {
		owners[item]++
	}
	means := make([]float64, 0, len(lists))
	for _, list := range lists {
		var bits float64
		for _, item := range list {
			bits -= math.Log2(float64(max(1, owners[item])) / float64(m.Users()))
		}
		means = append(means, bits/float64(max(1, len(list))))
	}
	return measured(means)
}
