package vec

import (
	"math"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRowsOutOfReachExceedNoFloor(t *testing.T) {
	if !coded {
		return
	}
	for _, d := range []int{1, 4, 37, 64} {
		for _, n := range []int{1, 63, 64, 65, 1000} {
			for _, weight := range []float32{0.7, -2, 0} {
				rows, query, base, scale := random(n*d, 1), random(d, 2), random(n, 3), random(n, 4)
				copy(rows[n/2*d:(n/2+1)*d], query) // as near to what it reaches as can be
				c := NewCodes(rows, d)
				var q CodedQuery
				c.Begin(&q, query, weight)
				reaches := c.reaches(scale)
				scores := make([]float32, n)
				Dots(query, rows, scores)
				for begin := 0; begin < n; begin += CodesBlock {
					end := min(begin+CodesBlock, n)
					Above(weight, scale[begin:end], base[begin:end], scores[begin:end], 0)
				}
				for _, floor := range append([]float32{1.5, -3}, math.Nextafter32(scores[n/2], float32(math.Inf(-1)))) {
					reached := make([]bool, n)
					for begin := 0; begin < n; begin += CodesBlock {
						at, may := q.InReach(base[begin:], reaches[begin:], floor)
						for begin += at; may != 0; may &= may - 1 {
							reached[begin+bits.TrailingZeros64(may)] = true
						}
					}
					for i, score := range scores {
						if score > floor {
							require.True(t, reached[i], "row %d of %d, d = %d, floor %v", i, n, d, floor)
						}
					}
				}
			}
		}
	}
}

func TestABlockIsPassedOverWhereNothingReachesTheFloor(t *testing.T) {
	chosen := Instructions()
	defer func() { require.NoError(t, Use(chosen)) }()
	for _, p := range paths() {
		require.NoError(t, Use(p.String()))
		for _, n := range []int{1, 63, 64, 65, 128, 300, 640} {
			base, reaches := make([]float32, n), make([]float32, n)
			for one := range n {
				base[one], reaches[one] = 1, 0.5
				at, may := firstReaching(base, reaches, 2, 2)
				require.Equal(t, one&^63, at, "%d of %d", one, n)
				require.Equal(t, uint64(1)<<(one&63), may)
				at, may = firstReaching(base, reaches, 2, 2.001)
				require.Equal(t, (n-1)&^63, at)
				require.Zero(t, may)
				base[one], reaches[one] = 0, 0
			}
			reaches[n-1] = float32(math.NaN())
			at, may := firstReaching(base, reaches, 1, 1)
			require.Equal(t, (n-1)&^63, at)
			require.Equal(t, uint64(1)<<((n-1)&63), may, "what is no number may be anything")
		}
	}
}
