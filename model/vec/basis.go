package vec

import "sync"

// A Basis is a matrix [n, n] that rows are multiplied with. Turn may be called concurrently on different rows.
type Basis struct {
	path   path
	n      int
	tiles  int
	panels []float32 // [tiles, 16·tiles, 16]
	memory *sync.Pool
}

// turning is the memory of one call of Turn.
type turning struct {
	rows []float32 // [16·tiles, 16]: sixteen rows, a column of them beside another
	tile tile
}

// NewBasis prepares to multiply with matrix [n, n], row by row.
func NewBasis(matrix []float32, n int) *Basis { return newBasis(matrix, n, chosen) }

func newBasis(matrix []float32, n int, p path) *Basis {
	tiles := (n + side - 1) / side
	b := &Basis{path: p, n: n, tiles: tiles, panels: make([]float32, tiles*tiles*side*side)}
	b.Set(matrix)
	b.memory = &sync.Pool{New: func() any { return &turning{rows: make([]float32, tiles*side*side)} }}
	return b
}

// Set makes b another matrix of its size, row by row. Nothing must turn meanwhile.
func (b *Basis) Set(matrix []float32) {
	for k := range b.n {
		for j := range b.n {
			b.panels[j/side*b.tiles*side*side+k*side+j%side] = matrix[k*b.n+j]
		}
	}
}

// Turn overwrites each row of factors [, n] with its product with the matrix. What
// a row becomes doesn't depend on the others.
func (b *Basis) Turn(factors []float32) {
	t := b.memory.Get().(*turning)
	defer b.memory.Put(t)
	for begin := 0; begin < len(factors); begin += side * b.n {
		b.turn(t, factors[begin:min(begin+side*b.n, len(factors))])
	}
}

// turn turns sixteen rows or fewer.
func (b *Basis) turn(t *turning, factors []float32) {
	count := len(factors) / b.n
	for r := range count {
		for k, v := range factors[r*b.n : (r+1)*b.n] {
			t.rows[k*side+r] = v
		}
	}
	for j := range b.tiles {
		clear(t.tile[:])
		b.path.tileAdd(&t.tile, t.rows, b.panels[j*b.tiles*side*side:], b.n)
		for r := range count {
			copy(factors[r*b.n+j*side:min((r+1)*b.n, r*b.n+(j+1)*side)], t.tile[r*side:])
		}
	}
}
