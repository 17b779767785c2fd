package neighbours

import (
	"slices"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// regression solves for one item after another, reusing its memory.
type regression struct {
	pairs  *pairs
	norms  []float32 // [items], squared, of the items' columns
	ridge  float32
	system *vec.Symmetric
	lower  []float32 // a row of the system, up to the diagonal
	at     []int     // how far what each rank gave for the item has been read
}

func newRegression(pairs *pairs, norms []float32, ridge float32, size int) *regression {
	return &regression{
		pairs: pairs, norms: norms, ridge: ridge, system: vec.NewSymmetric(size), lower: make([]float32, size), at: make([]int, pairs.session.Size()),
	}
}

// solve returns the weights of an item's neighbours, by neighbour.
func (r *regression) solve(item int) sparseRow {
	columns, counts := r.pairs.nearest.Row(item)
	if len(columns) == 0 {
		return sparseRow{}
	}
	row := sparseRow{columns: slices.Clone(columns), values: slices.Clone(counts)}
	r.system.Reset(len(columns))
	r.pairs.begin(item, r.at)
	for i, neighbour := range columns {
		r.pairs.with(columns[:i], neighbour, r.lower, r.at)
		r.lower[i] = r.norms[neighbour] + r.ridge
		r.system.SetRow(i, r.lower[:i+1])
	}
	if !r.system.Factor() {
		return sparseRow{}
	}
	r.system.Solve(row.values)
	return row
}
