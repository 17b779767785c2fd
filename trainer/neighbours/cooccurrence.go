package neighbours

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
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
	inputs  model.CSR // [users, items]
	byItem  model.CSR // of the items that are counted, who took them
	first   int       // of these items
	lengths []float32 // [items], of the items' columns, with the ridge
	keep    int       // entries of an item
	sums    []float32
	touched []int32
	ranks   []uint64 // of what is touched
	nearest selection
}

func newCounter(inputs, byItem model.CSR, first int, norms []float32, ridge float32, keep int) *counter {
	c := &counter{inputs: inputs, byItem: byItem, first: first, lengths: make([]float32, len(norms)), keep: keep, sums: make([]float32, len(norms))}
	for item, norm := range norms {
		c.lengths[item] = float32(math.Sqrt(float64(norm + ridge)))
	}
	return c
}

// row returns a row of inputsᵀ·inputs, or of what is kept of it.
func (c *counter) row(item int) sparseRow {
	c.add(item)
	if len(c.touched) > c.keep {
		c.prune()
	}
	row := sparseRow{columns: slices.Clone(c.touched), values: make([]float32, len(c.touched))}
	for i, column := range c.touched {
		row.values[i], c.sums[column] = c.sums[column], 0
	}
	return row
}

// add sums a row, and leaves in touched the columns in which it isn't zero.
func (c *counter) add(item int) {
	users, own := c.byItem.Row(item - c.first)
	additions := 0
	for _, user := range users {
		additions += int(c.inputs.Indptr[user+1] - c.inputs.Indptr[user])
	}
	c.touched = c.touched[:0]
	if additions <= len(c.sums)/16 { // else looking at all columns costs less than sorting those touched
		for _, user := range users {
			columns, _ := c.inputs.Row(int(user))
			c.touched = append(c.touched, columns...)
		}
		slices.Sort(c.touched)
		c.touched = slices.Compact(c.touched)
	}
	for n, user := range users {
		columns, values := c.inputs.Row(int(user))
		for i, column := range columns {
			c.sums[column] += own[n] * values[i]
		}
	}
	if additions <= len(c.sums)/16 {
		c.touched = slices.DeleteFunc(c.touched, func(column int32) bool { return c.sums[column] == 0 }) // a product can underflow
		return
	}
	for column, sum := range c.sums {
		if sum != 0 {
			c.touched = append(c.touched, int32(column))
		}
	}
}

// prune leaves the columns with the largest cosines and forgets the others' sums.
func (c *counter) prune() {
	c.ranks = c.ranks[:0]
	for _, column := range c.touched {
		c.ranks = append(c.ranks, ranked(c.sums[column]/c.lengths[column], column))
	}
	last := c.nearest.last(c.ranks, c.keep)
	kept := c.touched[:0]
	for i, column := range c.touched {
		if c.ranks[i] <= last {
			kept = append(kept, column)
			continue
		}
		c.sums[column] = 0
	}
	c.touched = kept
}

// cooccurrence returns the rows from first up to last of inputsᵀ·inputs
// [items, items], sparse; of each at most keep entries.
func cooccurrence(ctx context.Context, inputs model.CSR, norms []float32, ridge float32, keep, first, last int) (model.CSR, error) {
	byItem := interactions.TransposePart(inputs, first, last)
	rows := make([]sparseRow, last-first)
	err := eachItem(ctx, first, last, func() func(int) {
		c := newCounter(inputs, byItem, first, norms, ridge, keep)
		return func(item int) { rows[item-first] = c.row(item) }
	})
	if err != nil {
		return model.CSR{}, err
	}
	return matrix(rows), nil
}

// squares returns the squared norm of each item's column, and their mean.
func squares(inputs model.CSR, items int) (norms []float32, mean float64) {
	norms = make([]float32, items)
	for i, item := range inputs.Indices {
		norms[item] += inputs.Weights[i] * inputs.Weights[i]
	}
	for _, norm := range norms {
		mean += float64(norm) / float64(items)
	}
	return norms, mean
}

// touching is how many additions it costs to look at a column of a row in which
// something was added: to rank it, mostly, and to write it.
const touching = 10

// counting returns what it costs to count each item's row, in additions.
func counting(inputs model.CSR, items int) []float64 {
	costs := make([]float64, items)
	for user := range len(inputs.Indptr) - 1 {
		columns, _ := inputs.Row(user)
		for _, column := range columns {
			costs[column] += float64(len(columns))
		}
	}
	for item, additions := range costs {
		costs[item] = 1 + additions + touching*min(additions, float64(items))
	}
	return costs
}
