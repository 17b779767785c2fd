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
	norms, _ := squares(inputs, items)
	row := func(item, keep int) sparseRow {
		c := newCounter(inputs, byItem, 0, norms, 1, keep)
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
	norms, _ := squares(inputs, items)
	counted, err := cooccurrence(context.Background(), inputs, norms, 1, items, 0, items)
	require.NoError(t, err)
	dense := newTogether(counted, 0, items, 20)
	require.NotNil(t, dense.dense)
	sparse := together{counted: counted, items: items}
	others := []int32{0, 1, 5, 9, 17, 38, 39}
	for item := range int32(items) {
		want, got := make([]float32, len(others)), make([]float32, len(others))
		sparse.with(item, others, want)
		dense.with(item, others, got)
		require.Equal(t, want, got)
	}
	require.Nil(t, newTogether(counted, 0, 1000*items, 2000).dense, "a large catalogue's stays sparse")
	require.Nil(t, newTogether(counted, 0, items, 3).dense, "so does what is hardly looked up")
}

func TestARowIsTheSameWhetherFewOrManyTookTheItem(t *testing.T) {
	const items = 3000
	inputs := baskets(300, items, 9) // of the last items a few were taken together
	byItem := interactions.Transpose(inputs, items)
	norms, _ := squares(inputs, items)
	c := newCounter(inputs, byItem, 0, norms, 1, items)
	for _, item := range []int{0, 1, 10, 100, 1000, items - 1} {
		want := make([]float32, items)
		users, own := byItem.Row(item)
		for n, user := range users {
			columns, values := inputs.Row(int(user))
			for i, column := range columns {
				want[column] += own[n] * values[i]
			}
		}
		row := c.row(item)
		got := make([]float32, items)
		for i, column := range row.columns {
			require.Positive(t, row.values[i])
			got[column] = row.values[i]
		}
		require.Equal(t, want, got)
		require.True(t, slices.IsSorted(row.columns))
	}
}

// BenchmarkCount counts in a catalogue so large that most of what was taken together
// is not kept.
func BenchmarkCount(b *testing.B) {
	const items = 20_000
	inputs := baskets(20_000, items, 100)
	norms, _ := squares(inputs, items)
	for b.Loop() {
		if _, err := cooccurrence(context.Background(), inputs, norms, 1, 2000, 0, items/10); err != nil {
			b.Fatal(err)
		}
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
