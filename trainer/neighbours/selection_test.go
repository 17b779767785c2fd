package neighbours

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLeastValuesComeFirst(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		values := make([]uint64, 1+source.IntN(200))
		for i := range values {
			values[i] = source.Uint64N(1 + source.Uint64N(300)) // some of them equal
		}
		sorted := slices.Sorted(slices.Values(values))
		n := source.IntN(len(values) + 1)
		least(values, n)
		require.ElementsMatch(t, sorted[:n], values[:n])
		require.Equal(t, sorted, slices.Sorted(slices.Values(values)), "none is lost")
	}
}

func TestTheLastOfTheLeastValuesIsFoundAmongAnyValues(t *testing.T) {
	source := rand.New(rand.NewPCG(5, 6))
	var s selection
	for range 300 {
		values := make([]uint64, 1+source.IntN(500))
		most, offset := source.Uint64()>>source.IntN(64), source.Uint64()>>1
		for i := range values {
			values[i] = offset + source.Uint64N(1+most/2) // some of them equal
		}
		given := slices.Clone(values)
		sorted := slices.Sorted(slices.Values(values))
		for _, n := range []int{1, 1 + source.IntN(len(values)), len(values)} {
			require.Equal(t, sorted[n-1], s.last(values, n))
		}
		require.Equal(t, given, values, "the values stay as they are")
	}
}
