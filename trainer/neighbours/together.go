package neighbours

import (
	"slices"

	"github.com/daybreak-ml/daybreak/model"
)

// together is how much items were taken together.
type together struct {
	counted model.CSR // rows of [items, items], which is symmetric, with columns ascending
	first   int       // the item of the first row
	dense   []float32 // the same rows, or nil where that takes too much memory
	items   int
}

const (
	// mostSpread is how many times the sparse matrix's memory a dense one may take. It
	// is looked up five times as fast.
	mostSpread = 2
	// filled is how many values of a dense matrix are filled in the time that it saves
	// where one is looked up.
	filled = 4
)

// newTogether makes rows ready to be looked up for neighbourhoods of a size.
func newTogether(counted model.CSR, first, items, size int) together {
	t := together{counted: counted, first: first, items: items}
	rows := len(counted.Indptr) - 1
	const sparseEntry, denseEntry = 8, 4 // bytes
	if rows*items*denseEntry > mostSpread*sparseEntry*len(counted.Indices) || size*(size-1)/2*filled < items {
		return t
	}
	t.dense = make([]float32, rows*items)
	for n := range rows {
		row := t.dense[n*items : (n+1)*items]
		columns, values := counted.Row(n)
		for i, column := range columns {
			row[column] = values[i]
		}
	}
	return t
}

// with writes to values how much an item, which has a row, was taken with each of
// the others, which ascend.
func (t together) with(item int32, others []int32, values []float32) {
	n := int(item) - t.first
	if t.dense != nil {
		row := t.dense[n*t.items : (n+1)*t.items]
		for i, other := range others {
			values[i] = row[other]
		}
		return
	}
	columns, counts := t.counted.Row(n)
	at := 0 // both ascend, so each search starts where the last one ended
	for i, other := range others {
		values[i] = 0
		if at = seek(columns, at, other); at < len(columns) && columns[at] == other {
			values[i] = counts[at]
		}
	}
}

// seek returns the first place from at on whose column isn't below the wanted one.
// Places that are asked for one after another are near each other.
func seek(columns []int32, at int, wanted int32) int {
	step := 1
	for at+step < len(columns) && columns[at+step] < wanted {
		at += step
		step *= 2
	}
	place, _ := slices.BinarySearch(columns[at:min(at+step+1, len(columns))], wanted)
	return at + place
}
