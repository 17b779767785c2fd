package neighbours

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
)

// mostItems is how many items of one shopper count, those of most weight: a
// reseller's or a bot's would take the square of theirs and say little.
const mostItems = 2000

// capped returns inputs with the mostItems weightiest items of each shopper.
func capped(inputs model.CSR) model.CSR {
	users := len(inputs.Indptr) - 1
	fits := true
	for user := range users {
		fits = fits && inputs.Indptr[user+1]-inputs.Indptr[user] <= mostItems
	}
	if fits {
		return inputs
	}
	kept := model.CSR{Indptr: make([]int64, 1, users+1)}
	for user := range users {
		columns, weights := inputs.Row(user)
		for _, i := range weightiest(weights) {
			kept.Indices, kept.Weights = append(kept.Indices, columns[i]), append(kept.Weights, weights[i])
		}
		kept.Indptr = append(kept.Indptr, int64(len(kept.Indices)))
	}
	return kept
}

// weightiest returns the places of the mostItems largest weights, ascending.
func weightiest(weights []float32) []int {
	places := make([]int, len(weights))
	for i := range places {
		places[i] = i
	}
	if len(places) > mostItems {
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
		places = places[:mostItems]
		slices.Sort(places)
	}
	return places
}

// A counter counts what items were taken with, reusing its memory.
type counter struct {
	inputs, byItem model.CSR
	norms          []float32 // [items], squared, of the items' columns
	ridge          float32
	keep           int // entries of an item
	sums           []float32
	touched        []int32
}

// row returns a row of inputsᵀ·inputs, or of what is kept of it.
func (c *counter) row(item int) sparseRow {
	c.touched = c.touched[:0]
	users, own := c.byItem.Row(item)
	for n, user := range users {
		columns, values := c.inputs.Row(int(user))
		for i, column := range columns {
			if c.sums[column] == 0 {
				c.touched = append(c.touched, column)
			}
			c.sums[column] += own[n] * values[i]
		}
	}
	switch {
	case len(c.touched) > c.keep:
		c.prune()
		slices.Sort(c.touched)
	case len(c.touched) > len(c.sums)/16: // looking at all costs less than sorting
		c.touched = c.touched[:0]
		for column, sum := range c.sums {
			if sum != 0 {
				c.touched = append(c.touched, int32(column))
			}
		}
	default:
		slices.Sort(c.touched)
	}
	row := sparseRow{columns: make([]int32, 0, len(c.touched)), values: make([]float32, 0, len(c.touched))}
	for _, column := range c.touched {
		if c.sums[column] > 0 { // a product can underflow to zero, and then be touched twice
			row.columns = append(row.columns, column)
			row.values = append(row.values, c.sums[column])
		}
		c.sums[column] = 0
	}
	return row
}

// prune leaves the columns with the largest cosines and forgets the others' sums.
func (c *counter) prune() {
	slices.Sort(c.touched)
	c.touched = slices.Compact(c.touched)
	cosine := func(column int32) float32 {
		return c.sums[column] / float32(math.Sqrt(float64(c.norms[column]+c.ridge)))
	}
	slices.SortFunc(c.touched, func(a, b int32) int {
		return cmp.Or(cmp.Compare(cosine(b), cosine(a)), cmp.Compare(a, b))
	})
	for _, column := range c.touched[min(c.keep, len(c.touched)):] {
		c.sums[column] = 0
	}
	c.touched = c.touched[:min(c.keep, len(c.touched))]
}

// cooccurrence returns the rows from first up to last of inputsᵀ·inputs
// [items, items], sparse; of each at most keep entries.
func cooccurrence(ctx context.Context, inputs, byItem model.CSR, norms []float32, ridge float32, keep, first, last int) (model.CSR, error) {
	items := len(norms)
	rows := make([]sparseRow, last-first)
	err := eachItem(ctx, first, last, func() func(int) {
		c := &counter{inputs: inputs, byItem: byItem, norms: norms, ridge: ridge, keep: keep, sums: make([]float32, items)}
		return func(item int) { rows[item-first] = c.row(item) }
	})
	if err != nil {
		return model.CSR{}, err
	}
	return matrix(rows), nil
}

// squares returns the squared norm of each item's column, and their mean.
func squares(byItem model.CSR) (norms []float32, mean float64) {
	norms = make([]float32, len(byItem.Indptr)-1)
	for item := range norms {
		_, values := byItem.Row(item)
		for _, value := range values {
			norms[item] += value * value
		}
		mean += float64(norms[item]) / float64(len(norms))
	}
	return norms, mean
}
