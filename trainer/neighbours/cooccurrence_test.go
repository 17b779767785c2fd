package neighbours

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// baskets is a matrix [users, items] of ones in which lower items are likelier.
func baskets(users, items, each int) model.CSR {
	source := rand.New(rand.NewPCG(1, 2))
	m := model.CSR{Indptr: []int64{0}}
	for range users {
		var took []int32
		for range each {
			took = append(took, int32(source.Float64()*source.Float64()*float64(items)))
		}
		slices.Sort(took)
		for _, item := range slices.Compact(took) {
			m.Indices, m.Weights = append(m.Indices, item), append(m.Weights, 1)
		}
		m.Indptr = append(m.Indptr, int64(len(m.Indices)))
	}
	return m
}

func TestWhatIsKeptOfARowAreItsLargestCosines(t *testing.T) {
	const items, keep = 60, 7
	inputs := baskets(80, items, 12)
	byItem := interactions.Transpose(inputs, items)
	norms, _ := squares(byItem)
	row := func(item, keep int) sparseRow {
		c := counter{inputs: inputs, byItem: byItem, norms: norms, ridge: 1, keep: keep, sums: make([]float32, items)}
		c.row(item) // leaves nothing behind
		return c.row(item)
	}
	cosine := func(column int32, value float32) float64 { return float64(value*value) / float64(norms[column]+1) }
	for item := range items {
		whole, kept := row(item, items), row(item, keep)
		require.Len(t, kept.columns, min(keep, len(whole.columns)))
		require.True(t, slices.IsSorted(kept.columns))
		least := 1e9
		for i, column := range kept.columns {
			at := slices.Index(whole.columns, column)
			require.Equal(t, whole.values[at], kept.values[i])
			least = min(least, cosine(column, kept.values[i]))
		}
		for i, column := range whole.columns {
			if !slices.Contains(kept.columns, column) {
				require.LessOrEqual(t, cosine(column, whole.values[i]), least*(1+1e-6))
			}
		}
	}
}

func TestAShopperOfVeryManyItemsCountsWithTheWeightiest(t *testing.T) {
	m := model.CSR{Indptr: []int64{0, 2, mostItems + 5}}
	for i := range mostItems + 3 {
		m.Indices = append(m.Indices, int32(i))
		m.Weights = append(m.Weights, float32(1+i))
	}
	m = model.CSR{Indptr: m.Indptr, Indices: append([]int32{0, 1}, m.Indices...), Weights: append([]float32{1, 1}, m.Weights...)}
	kept := capped(m)
	require.Equal(t, []int64{0, 2, mostItems + 2}, kept.Indptr)
	require.Equal(t, int32(3), kept.Indices[2], "the three of least weight are left out")
	require.Equal(t, baskets(5, 9, 3), capped(baskets(5, 9, 3)))
}

func TestSeekFindsEveryPlaceFromEveryPlaceBefore(t *testing.T) {
	columns := []int32{2, 3, 5, 8, 13, 21, 34, 55}
	for wanted := range int32(60) {
		place, _ := slices.BinarySearch(columns, wanted)
		for at := range place + 1 {
			require.Equal(t, place, seek(columns, at, wanted), "%d from place %d", wanted, at)
		}
	}
	require.Zero(t, seek(nil, 0, 3))
}

func TestWhatWasTakenTogetherIsTheSameDenseAndSparse(t *testing.T) {
	const items = 40
	inputs := baskets(200, items, 9)
	byItem := interactions.Transpose(inputs, items)
	norms, _ := squares(byItem)
	counted, err := cooccurrence(context.Background(), inputs, byItem, norms, 1, items, 0, items)
	require.NoError(t, err)
	dense := newTogether(counted, items)
	require.NotNil(t, dense.dense)
	sparse := together{counted: counted, items: items}
	others := []int32{0, 1, 5, 9, 17, 38, 39}
	for item := range int32(items) {
		want, got := make([]float32, len(others)), make([]float32, len(others))
		sparse.with(item, others, want)
		dense.with(item, others, got)
		require.Equal(t, want, got)
	}
	require.Nil(t, newTogether(counted, 1000*items).dense, "a large catalogue's stays sparse")
}

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

func BenchmarkLearn(b *testing.B) {
	inputs := baskets(4000, 3600, 80)
	for b.Loop() {
		if _, err := Learn(context.Background(), inputs, 3600, Settings{Size: 100, Ridge: 10}); err != nil {
			b.Fatal(err)
		}
	}
}
