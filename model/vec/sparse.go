package vec

import "slices"

// A Sparse is a matrix [n, n] of which most is zero, whose rows are added to a vector. Of those few rows that are long, it is
// known which columns they have values in, a bit for each: adding eight columns at once takes less time than adding one value
// here and another there.
type Sparse struct {
	indptr  []int64 // [n+1]; row i lies at indptr[i] up to indptr[i+1] of the others
	indices []int32
	weights []float32
	places  []int32 // [n]: which of the rows of columns a row is, from 1, or 0 for none; nil where all are none
	columns []uint8 // rows [n/8]: a bit for each column of a long row, the lowest for the first; what n leaves over by eight has none
}

const (
	// longShare is how many places there are in a row for each value of it, at most, for it to be long.
	longShare = 10
	// lanes is how many columns of a long row are added at once. As many of its values are read, however few are meant.
	lanes = 8
)

// NewSparse returns the matrix [n, n] whose row i lies at indptr[i] up to indptr[i+1] of indices and weights. It must
// be well formed, with indices that are less than n and none twice in a row: they are not looked at again.
func NewSparse(indptr []int64, indices []int32, weights []float32) *Sparse {
	s := &Sparse{indptr: indptr, indices: indices, weights: weights}
	n := len(indptr) - 1
	for row := range int32(n) {
		if !s.isLong(row) {
			continue
		}
		if s.places == nil {
			s.places = make([]int32, n)
		}
		columns := make([]uint8, n/lanes)
		for _, column := range indices[indptr[row]:indptr[row+1]] {
			if int(column) < len(columns)*lanes {
				columns[column/lanes] |= 1 << (column % lanes)
			}
		}
		s.columns = append(s.columns, columns...)
		s.places[row] = int32(len(s.columns) / (n / lanes))
	}
	return s
}

// size returns how many values a row has.
func (s *Sparse) size(row int32) int64 { return s.indptr[row+1] - s.indptr[row] }

// isLong says whether a row has so many values that they are worth being added by columns, in whose order they are. Others must
// follow the last, since lanes are read at once.
func (s *Sparse) isLong(row int32) bool {
	n, end := len(s.indptr)-1, s.indptr[row+1]
	return n >= lanes && longShare*s.size(row) >= int64(n) && int(end)+lanes <= len(s.weights) && slices.IsSorted(s.indices[s.indptr[row]:end])
}

// AxpyRows adds to y [n], for each of some rows, one after the other, own to the value of the row's own number, and
// alpha times the row. rows, own and alphas are of equal length, and rows less than n, which isn't looked at. The
// sums have the same bits whatever the instruction set.
func (s *Sparse) AxpyRows(rows []int32, own, alphas, y []float32) {
	own, alphas = own[:len(rows)], alphas[:len(rows)]
	begin := 0
	if s.places != nil && accelerated {
		for n, row := range rows {
			if s.places[row] > 0 {
				s.axpyRows(rows[begin:n], own[begin:n], alphas[begin:n], y)
				y[row] += own[n]
				s.axpyLong(row, alphas[n], y)
				begin = n + 1
			}
		}
	}
	s.axpyRows(rows[begin:], own[begin:], alphas[begin:], y)
}

// axpyLong adds alpha times a long row to y [n].
func (s *Sparse) axpyLong(row int32, alpha float32, y []float32) {
	n := len(s.indptr) - 1
	groups := n / lanes
	place, begin, end := int(s.places[row]-1), s.indptr[row], s.indptr[row+1]
	axpyLongAVX(alpha, &s.columns[place*groups], &s.weights[begin], &y[0], groups, &expansions)
	for end--; end >= begin && int(s.indices[end]) >= groups*lanes; end-- { // what is left over
		y[s.indices[end]] += float32(alpha * s.weights[end])
	}
}

func (s *Sparse) axpyRows(rows []int32, own, alphas, y []float32) {
	switch {
	case len(rows) == 0:
	case !accelerated || len(s.indices) == 0:
		s.axpyRowsGo(rows, own, alphas, y)
	default:
		axpyRowsAVX(&rows[0], &own[0], &alphas[0], len(rows), &s.indptr[0], &s.indices[0], &s.weights[0], &y[0])
	}
}

// fetchMost is how many rows Fetch looks at: the nearest cache holds no more.
const fetchMost = 32

// Fetch has the beginnings of the first rows fetched into the nearest caches, all at once, for who reads them next.
func (s *Sparse) Fetch(rows []int32) {
	rows = rows[:min(len(rows), fetchMost)]
	if accelerated && len(rows) > 0 && len(s.indices) > 0 {
		fetchRows(&rows[0], len(rows), &s.indptr[0], &s.indices[0], &s.weights[0])
	}
}

func (s *Sparse) axpyRowsGo(rows []int32, own, alphas, y []float32) {
	for n, row := range rows {
		y[row] += own[n]
		begin, end := s.indptr[row], s.indptr[row+1]
		columns, values := s.indices[begin:end], s.weights[begin:end]
		values = values[:len(columns)]
		for j, column := range columns {
			y[column] += float32(alphas[n] * values[j]) // rounded before it is added: the assembly doesn't fuse either
		}
	}
}
