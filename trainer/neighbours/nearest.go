package neighbours

import (
	"math"
	"slices"
)

// A finder finds the neighbours of one item after another, reusing its memory.
type finder struct {
	taken together
	norms []float32 // [items], squared, of the items' columns
	ridge float32
	size  int
	found []uint64
}

// row returns the neighbours of an item, which has a row of what was taken together,
// and how much it was taken with each.
func (f *finder) row(item int) sparseRow {
	columns := f.nearest(item)
	row := sparseRow{columns: columns, values: make([]float32, len(columns))}
	f.taken.with(int32(item), columns, row.values)
	return row
}

// nearest returns the neighbours of an item by cosine, ascending by item.
func (f *finder) nearest(item int) []int32 {
	columns, values := f.taken.counted.Row(item - f.taken.first)
	f.found = f.found[:0]
	own := f.norms[item] + f.ridge
	most := uint64(math.MaxUint64) // the rank that a candidate must be below
	for i, column := range columns {
		cosine := values[i] / float32(math.Sqrt(float64((f.norms[column]+f.ridge)*own)))
		rank := ranked(cosine, column)
		if int(column) == item || rank > most {
			continue
		}
		f.found = append(f.found, rank)
		if len(f.found) == 4*f.size { // selecting now and then costs less than from all
			least(f.found, f.size)
			f.found = f.found[:f.size]
			most = slices.Max(f.found)
		}
	}
	size := min(f.size, len(f.found))
	least(f.found, size)
	nearest := make([]int32, size)
	for i, rank := range f.found[:size] {
		nearest[i] = int32(uint32(rank))
	}
	slices.Sort(nearest)
	return nearest
}
