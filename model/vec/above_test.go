package vec

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFirstAboveFindsTheFirstBlockWithAValueAboveTheFloor(t *testing.T) {
	for _, n := range []int{1, 63, 64, 65, 128, 300, 640} {
		for one := range n {
			values := make([]float32, n)
			values[n/2] = float32(math.NaN())
			values[one] = 2
			at, above := FirstAbove(values, 1)
			require.Equal(t, one&^63, at, "%d of %d", one, n)
			require.Equal(t, uint64(1)<<(one&63), above)
			at, above = FirstAbove(values, 2)
			require.Equal(t, (n-1)&^63, at)
			require.Zero(t, above, "2 isn't above 2")
		}
		values := random(n, 1)
		_, above := FirstAbove(values, float32(math.Inf(-1)))
		require.Equal(t, uint64(math.MaxUint64)>>(64-min(n, 64)), above)
	}
	at, above := FirstAbove(nil, 0)
	require.Zero(t, at)
	require.Zero(t, above)
}
