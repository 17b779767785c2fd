package ranks

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRowsAreDealtOutInWholeBlocksByTheirCost(t *testing.T) {
	even := Split(8*Block, 4, func(int) float64 { return 1 })
	require.Equal(t, Bounds{0, 2 * Block, 4 * Block, 6 * Block, 8 * Block}, even)
	skewed := Split(8*Block, 2, func(row int) float64 {
		if row < Block {
			return 100
		}
		return 1
	})
	require.Equal(t, Bounds{0, Block, 8 * Block}, skewed)
	require.Equal(t, Bounds{0, 10, 10}, Split(10, 2, func(int) float64 { return 1 }), "less than a block has one owner")
	require.Equal(t, Bounds{0, 0, 0}, Split(0, 2, func(int) float64 { return 1 }))
}

func TestNodesOfTheTreeCoverTheirBlocksOnce(t *testing.T) {
	for end := range 40 {
		for begin := range end + 1 {
			next := begin
			for _, n := range cover(begin, end) {
				require.Equal(t, next, n.index<<n.level)
				next = (n.index + 1) << n.level
			}
			require.Equal(t, max(next, begin), end)
		}
	}
}

// The sum is what every way of cutting the blocks among ranks and cores makes it.
func TestASumDependsNeitherOnWhoMakesItNorOnCores(t *testing.T) {
	rows := 37*Block - 100
	values := make([]float32, rows)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range values {
		values[i] = source.Float32() - 0.5
	}
	add := func(begin, end int, sum []float32) {
		for row := begin; row < end; row++ {
			sum[row%3] += values[row]
		}
	}
	want, err := Sum(context.Background(), alone(), Bounds{0, rows}, 3, nil, add)
	require.NoError(t, err)
	for trial := range 50 {
		parts := sums[float32]{blocks: blocksOf(rows), known: map[node][]float32{}}
		runtime.GOMAXPROCS(1 + trial%5)
		for begin := 0; begin < parts.blocks; {
			end := begin + 1 + source.IntN(parts.blocks-begin)
			require.NoError(t, parts.measure(context.Background(), new(Spare[float32]), cover(begin, end), 3, rows, add))
			begin = end
		}
		require.Equal(t, want, parts.total())
	}
	runtime.GOMAXPROCS(runtime.NumCPU())
}

func TestSumsUseTheMemoryOfThoseBefore(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var spare Spare[float32]
	sum := func() {
		total, err := Sum(context.Background(), alone(), Bounds{0, 64 * Block}, 3, &spare, func(_, _ int, sum []float32) { sum[0]++ })
		require.NoError(t, err)
		require.Equal(t, []float32{64, 0, 0}, total)
		total[1] = 7 // nobody's any more
		spare.Give(total)
	}
	sum()
	require.Len(t, spare.sums, 7, "one being made, and one for each level of the tree below its root")
	sum()
	require.Len(t, spare.sums, 7)
}

func TestNothingSumsToZero(t *testing.T) {
	sum, err := Sum(context.Background(), alone(), Bounds{0, 0}, 2, nil, func(int, int, []float64) {})
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0}, sum)
}
