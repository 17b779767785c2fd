package vec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// sparse returns a matrix [n, n] with rows of 0 to 9 values, and each thirteenth full.
func sparse(n int, seed uint64) *Sparse {
	source := rand.New(rand.NewPCG(seed, 1))
	indptr, indices := []int64{0}, []int32(nil)
	for row := range n {
		count := row % 10
		if row%13 == 12 {
			count = n
		}
		indices = append(indices, ascending(source, n, min(count, n))...)
		indptr = append(indptr, int64(len(indices)))
	}
	return NewSparse(indptr, indices, random(len(indices), seed+1))
}

func TestRowsAreAddedWithTheBitsOfGo(t *testing.T) {
	for _, n := range []int{1, 2, 7, 40, 333} {
		matrix := sparse(n, uint64(n))
		for count := range min(n, 30) + 1 {
			rows := make([]int32, count)
			for i := range rows {
				rows[i] = int32(n - 1 - i*7%n)
			}
			own, alphas, y := random(count, 3), random(count, 4), random(n+1, 5)
			want := slices.Clone(y)
			matrix.axpyRowsGo(rows, own, alphas, want[:n])
			matrix.AxpyRows(rows, own, alphas, y[:n])
			require.Equal(t, bitsOf(want), bitsOf(y), "%d rows of %d", count, n)
		}
	}
}

func TestRowsOfNothingAreAdded(t *testing.T) {
	y := []float32{1, 2}
	NewSparse([]int64{0, 0, 0}, nil, nil).AxpyRows([]int32{1}, []float32{3}, []float32{4}, y)
	require.Equal(t, []float32{1, 5}, y)
}

func TestLongRowsAreAddedByColumnsWhereOthersFollowThem(t *testing.T) {
	matrix := sparse(333, 1)
	require.Len(t, matrix.columns, 333/13*(333/lanes))
	require.Nil(t, NewSparse([]int64{0, 0, 10}, ascending(rand.New(rand.NewPCG(1, 1)), 10, 10), random(10, 1)).places, "no rows follow")
	indptr := []int64{0, 2, 2, 2, 2, 2, 2, 2, 2}
	require.NotNil(t, NewSparse(indptr, []int32{0, 1}, random(10, 1)).places)
	require.Nil(t, NewSparse(indptr, []int32{1, 0}, random(10, 1)).places, "values aren't in the order of their columns")
}

func bitsOf(values []float32) []uint32 {
	bits := make([]uint32, len(values))
	for i, value := range values {
		bits[i] = math.Float32bits(value)
	}
	return bits
}

// BenchmarkAxpyRows adds 61 rows of a matrix [3659, 3659], as for a shopper of a small shop: of 50 values each, and one
// in ten of 800.
func BenchmarkAxpyRows(b *testing.B) {
	const n, count, shoppers = 3659, 61, 200
	source := rand.New(rand.NewPCG(1, 1))
	indptr, indices := []int64{0}, []int32(nil)
	for row := range n {
		entries := 50
		if row%10 == 0 {
			entries = 800
		}
		indices = append(indices, ascending(source, n, entries)...)
		indptr = append(indptr, int64(len(indices)))
	}
	matrix, y := NewSparse(indptr, indices, random(len(indices), 1)), random(n, 2)
	own, alphas := random(count, 3), random(count, 4)
	var rows [shoppers][]int32
	for i := range rows {
		rows[i] = ascending(source, n, count)
	}
	for name, add := range map[string]func(rows []int32, own, alphas, y []float32){
		Instructions(): matrix.AxpyRows, Instructions() + ", none by columns": matrix.axpyRows, "go": matrix.axpyRowsGo,
	} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				add(rows[i%shoppers], own, alphas, y)
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
