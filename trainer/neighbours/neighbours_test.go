package neighbours_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/neighbours"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
	"github.com/daybreak-ml/daybreak/trainer/ranks/rankstest"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

func inputs() (model.CSR, int) {
	log := tastetest.Small.Log()
	return log.Matrix(log.Last().AddDays(1), 30, interactions.All), len(log.Items)
}

func dense(m model.CSR, columns int) *mat.Dense {
	d := mat.NewDense(len(m.Indptr)-1, columns, nil)
	for row := range len(m.Indptr) - 1 {
		indices, weights := m.Row(row)
		for i, column := range indices {
			d.Set(row, int(column), float64(weights[i]))
		}
	}
	return d
}

// With as many neighbours as there are others the weights are EASE's, which has a
// closed form: B = I - P·diag(1/P), P = (XᵀX + λI)⁻¹.
func TestWithTheWholeCatalogueAsNeighboursItIsEASE(t *testing.T) {
	log := tastetest.Small.Log()
	x, items := log.Matrix(log.Last().AddDays(1), 30, interactions.All), len(log.Items)
	const ridge = 2
	got, err := neighbours.Learn(context.Background(), x, items, neighbours.Settings{Size: items - 1, Ridge: ridge})
	require.NoError(t, err)

	var gram, inverse mat.Dense
	d := dense(x, items)
	gram.Mul(d.T(), d)
	lambda := ridge * mat.Trace(&gram) / float64(items)
	for i := range items {
		gram.Set(i, i, gram.At(i, i)+lambda)
	}
	require.NoError(t, inverse.Inverse(&gram))
	learned := dense(got, items)
	for i := range items {
		for j := range items {
			want := 0.0
			if i != j {
				want = -inverse.At(i, j) / inverse.At(j, j)
			}
			require.InDelta(t, want, learned.At(i, j), 1e-3)
		}
	}
}

func TestANeighbourhoodIsNoLargerThanAsked(t *testing.T) {
	x, items := inputs()
	got, err := neighbours.Learn(context.Background(), x, items, neighbours.Settings{Size: 7, Ridge: 2})
	require.NoError(t, err)
	byTarget := interactions.Transpose(got, items)
	for item := range items {
		sources, _ := byTarget.Row(item)
		require.LessOrEqual(t, len(sources), 7)
		require.NotContains(t, sources, int32(item), "an item doesn't explain itself")
	}
}

func TestWhereOnlySomeCoOccurrencesAreKeptANeighbourhoodIsHalfOfThemAtMost(t *testing.T) {
	x, items := inputs()
	for _, c := range []struct{ entries, most int }{{0, 20}, {items * items, 20}, {items * 40, 20}, {items * 10, 5}, {items, 1}, {1, 1}} {
		got, err := neighbours.Learn(context.Background(), x, items, neighbours.Settings{Size: 20, Ridge: 2, Entries: c.entries})
		require.NoError(t, err)
		byTarget := interactions.Transpose(got, items)
		most := 0
		for item := range items {
			sources, _ := byTarget.Row(item)
			most = max(most, len(sources))
		}
		require.LessOrEqual(t, most, c.most, "%d entries", c.entries)
	}
}

func TestWeightsAreTheSameOnAnyNumberOfCores(t *testing.T) {
	x, items := inputs()
	learn := func(cores int) model.CSR {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		got, err := neighbours.Learn(context.Background(), x, items, neighbours.Settings{Size: 20, Ridge: 2})
		require.NoError(t, err)
		return got
	}
	require.Equal(t, learn(1), learn(4))
}

// Each rank has too many pairs to be given all of them at once.
func TestWeightsAreTheSameByAnyNumberOfRanks(t *testing.T) {
	shop := tastetest.Shop{Users: 400, Items: 800, Tastes: 2, Days: 8, PerDay: 1200, Seed: 4}
	log := shop.Log()
	x, items := log.Matrix(log.Last().AddDays(1), 30, interactions.All), len(log.Items)
	for _, settings := range []neighbours.Settings{
		{Size: 80, Ridge: 2},
		{Size: items, Ridge: 2},
		{Size: 20, Ridge: 2, Entries: 30 * items},
	} {
		want, err := neighbours.Learn(context.Background(), x, items, settings)
		require.NoError(t, err)
		for _, size := range []int{2, 3, 8} {
			team := rankstest.Team(t, size, func(int) ranks.Tasks { return neighbours.Tasks(nil) })
			got, err := neighbours.Learner{Team: team}.Learn(context.Background(), x, items, settings)
			require.NoError(t, err)
			require.True(t, fmt.Sprint(want) == fmt.Sprint(got), "%d ranks learn others", size) // without printing them
		}
	}
}

func TestAnItemThatNobodyTookHasNoNeighbours(t *testing.T) {
	x := model.CSR{Indptr: []int64{0, 2}, Indices: []int32{0, 2}, Weights: []float32{1, 1}}
	got, err := neighbours.Learn(context.Background(), x, 3, neighbours.Settings{Size: 5, Ridge: 1})
	require.NoError(t, err)
	require.Equal(t, []int64{0, 1, 1, 2}, got.Indptr)
}
