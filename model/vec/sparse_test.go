package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// sparseRows returns a matrix [n, n] with rows of 0 to 9 and, the last, n values.
func sparseRows(n int, seed uint64) (indptr []int64, indices []int32, weights []float32) {
	source := rand.New(rand.NewPCG(seed, 1))
	indptr = append(indptr, 0)
	for row := range n {
		entries := row % 10
		if row == n-1 {
			entries = n
		}
		chosen := source.Perm(n)[:min(entries, n)]
		slices.Sort(chosen)
		for _, column := range chosen {
			indices = append(indices, int32(column))
		}
		indptr = append(indptr, int64(len(indices)))
	}
	return indptr, indices, random(len(indices), seed+1)
}

func TestAxpyRowsHasTheBitsOfGo(t *testing.T) {
	for _, n := range []int{1, 2, 7, 40, 333} {
		indptr, indices, weights := sparseRows(n, uint64(n))
		for count := range min(n, 12) + 1 {
			rows := make([]int32, count)
			for i := range rows {
				rows[i] = int32(n - 1 - i*7%n)
			}
			own, alphas, y := random(count, 3), random(count, 4), random(n+1, 5)
			want := slices.Clone(y)
			axpyRowsGo(rows, own, alphas, indptr, indices, weights, want[:n])
			AxpyRows(rows, own, alphas, indptr, indices, weights, y[:n])
			require.Equal(t, bitsOf(want), bitsOf(y), "%d rows of %d", count, n)
		}
	}
}

func TestAxpyRowsTakesAMatrixOfNothing(t *testing.T) {
	y := []float32{1, 2}
	AxpyRows([]int32{1}, []float32{3}, []float32{4}, []int64{0, 0, 0}, nil, nil, y)
	require.Equal(t, []float32{1, 5}, y)
}

func bitsOf(values []float32) []uint32 {
	bits := make([]uint32, len(values))
	for i, value := range values {
		bits[i] = math.Float32bits(value)
	}
	return bits
}

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

// BenchmarkAxpyRows adds 61 rows of 50 of a matrix [3659, 3659], as for a shopper of a small shop, in assembly and in Go.
func BenchmarkAxpyRows(b *testing.B) {
	const n, entries, count, shoppers = 3659, 50, 61, 200
	source := rand.New(rand.NewPCG(1, 1))
	indptr := []int64{0}
	var indices []int32
	for range n {
		indices = append(indices, ascending(source, n, entries)...)
		indptr = append(indptr, int64(len(indices)))
	}
	weights, y := random(len(indices), 1), random(n, 2)
	own, alphas := random(count, 3), random(count, 4)
	var rows [shoppers][]int32
	for i := range rows {
		rows[i] = ascending(source, n, count)
	}
	for _, add := range []struct {
		name string
		rows func(rows []int32, own, alphas []float32, indptr []int64, indices []int32, weights, y []float32)
	}{{Instructions(), AxpyRows}, {"go", axpyRowsGo}} {
		b.Run(add.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				add.rows(rows[i%shoppers], own, alphas, indptr, indices, weights, y)
			}
		})
	}
}

// ascending returns so many numbers below n, each once.
func ascending(source *rand.Rand, n, count int) []int32 {
	chosen := make([]int32, 0, count)
	for _, number := range source.Perm(n)[:count] {
		chosen = append(chosen, int32(number))
	}
	slices.Sort(chosen)
	return chosen
}
