package vec

import (
	"cmp"
	"slices"
)

// A Sparse is a matrix [n, n] of which most is zero, whose rows are added to a vector. Those few rows that are long are
// held whole, too: adding all of such a row takes less time than adding one value here and another there.
type Sparse struct {
	indptr  []int64 // [n+1]; row i lies at indptr[i] up to indptr[i+1] of the others
	indices []int32
	weights []float32
	places  []int32   // [n]: which of the rows of dense a row is, from 1, or 0 for none; nil where all are none
	dense   []float32 // rows [n] that are held whole
}

const (
	// denseShare is how many places there are in a row for each value of it, at most, for it to be held whole.
	denseShare = 10
	// denseMost is how many bytes the rows take that are held whole, at most.
	denseMost = 2 << 20
)

// NewSparse returns the matrix [n, n] whose row i lies at indptr[i] up to indptr[i+1] of indices and weights. It must
// be well formed, with indices that are less than n and none twice in a row: they are not looked at again.
func NewSparse(indptr []int64, indices []int32, weights []float32) *Sparse {
	s := &Sparse{indptr: indptr, indices: indices, weights: weights}
	n := len(indptr) - 1
	var long []int32
	for row := range int32(n) {
		if s.isLong(row) {
			long = append(long, row)
		}
	}
	slices.SortStableFunc(long, func(a, b int32) int { return cmp.Compare(s.size(b), s.size(a)) })
	if long = long[:min(len(long), denseMost/(4*n))]; len(long) == 0 {
		return s
	}
	s.places, s.dense = make([]int32, n), make([]float32, len(long)*n)
	for place, row := range long {
		s.places[row] = int32(place + 1)
		whole := s.dense[place*n:]
		for i := indptr[row]; i < indptr[row+1]; i++ {
			whole[indices[i]] = weights[i]
		}
	}
	return s
}

// size returns how many values a row has.
func (s *Sparse) size(row int32) int64 { return s.indptr[row+1] - s.indptr[row] }

// isLong says whether a row has so many values that it is worth being held whole.
func (s *Sparse) isLong(row int32) bool { return denseShare*s.size(row) >= int64(len(s.indptr)) }

// AxpyRows adds to y [n], for each of some rows, one after the other, own to the value of the row's own number, and
// alpha times the row. rows, own and alphas are of equal length, and rows less than n, which isn't looked at. The
// sums have the same bits whatever the instruction set.
func (s *Sparse) AxpyRows(rows []int32, own, alphas, y []float32) {
	own, alphas = own[:len(rows)], alphas[:len(rows)]
	size := len(s.indptr) - 1
	begin := 0
	if s.places != nil {
		for n, row := range rows {
			if place := int(s.places[row]); place > 0 {
				s.axpyRows(rows[begin:n], own[begin:n], alphas[begin:n], y)
				y[row] += own[n]
				axpyRounded(alphas[n], s.dense[(place-1)*size:place*size], y[:size])
				begin = n + 1
			}
		}
	}
	s.axpyRows(rows[begin:], own[begin:], alphas[begin:], y)
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

// axpyRounded is Axpy with products that are rounded before they are added, as for rows that aren't held whole.
func axpyRounded(alpha float32, x, y []float32) {
	const lanes = 8
	whole := len(x) &^ (lanes - 1)
	if !accelerated {
		whole = 0
	}
	if whole > 0 {
		axpyRoundedAVX(alpha, &x[0], &y[0], whole)
	}
	for i := whole; i < len(x); i++ {
		y[i] += float32(alpha * x[i])
	}
}
