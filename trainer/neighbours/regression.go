package neighbours

import (
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// regression solves for one item after another, reusing its memory.
type regression struct {
	taken  together
	norms  []float32 // [items], squared, of the items' columns
	ridge  float32
	size   int
	system *vec.Symmetric
	lower  []float32 // a row of the system, up to the diagonal
	found  []uint64
}

func newRegression(taken together, norms []float32, ridge float32, size int) *regression {
	return &regression{taken: taken, norms: norms, ridge: ridge, size: size, system: vec.NewSymmetric(size), lower: make([]float32, size)}
}

// solve returns the weights of an item's neighbours, by neighbour.
func (r *regression) solve(item int) sparseRow {
	columns := r.nearest(item)
	if len(columns) == 0 {
		return sparseRow{}
	}
	row := sparseRow{columns: columns, values: make([]float32, len(columns))}
	r.taken.with(int32(item), columns, row.values)
	r.system.Reset(len(columns))
	for i, neighbour := range columns {
		r.taken.with(neighbour, columns[:i], r.lower)
		r.lower[i] = r.norms[neighbour] + r.ridge
		r.system.SetRow(i, r.lower[:i+1])
	}
	if !r.system.Factor() {
		return sparseRow{}
	}
	r.system.Solve(row.values)
	return row
}

// nearest returns the neighbours of an item by cosine, ascending by item.
func (r *regression) nearest(item int) []int32 {
	columns, values := r.taken.counted.Row(item)
	r.found = r.found[:0]
	own := r.norms[item] + r.ridge
	most := uint64(math.MaxUint64) // the rank that a candidate must be below
	for i, column := range columns {
		cosine := values[i] / float32(math.Sqrt(float64((r.norms[column]+r.ridge)*own)))
		rank := ranked(cosine, column)
		if int(column) == item || rank > most {
			continue
		}
		r.found = append(r.found, rank)
		if len(r.found) == 4*r.size { // selecting now and then costs less than from all
			least(r.found, r.size)
			r.found = r.found[:r.size]
			most = slices.Max(r.found)
		}
	}
	size := min(r.size, len(r.found))
	least(r.found, size)
	nearest := make([]int32, size)
	for i, rank := range r.found[:size] {
		nearest[i] = int32(uint32(rank))
	}
	slices.Sort(nearest)
	return nearest
}
