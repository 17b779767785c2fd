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

// BasisSize is how many values the matrix of a Basis takes.
func BasisSize(n int) int {
	tiles := (n + side - 1) / side
	return tiles * tiles * side * side
}

// NewBasis returns one whose matrix lies in memory [BasisSize], of any values. It must
// be set before rows are turned, and again once something else has lain there.
func NewBasis(n int, memory []float32) *Basis { return newBasis(n, memory, chosen) }

func newBasis(n int, memory []float32, p path) *Basis {
	tiles := (n + side - 1) / side
	return &Basis{
		path: p, n: n, tiles: tiles, panels: memory[:BasisSize(n)],
		memory: &sync.Pool{New: func() any { return &turning{rows: make([]float32, tiles*side*side)} }},
	}
}

// SetTransposed makes b the transpose of o, which is of its size, rounded. Nothing must
// turn meanwhile.
func (b *Basis) SetTransposed(o *Orthogonal) {
	clear(b.panels)
	for j := range b.n {
		column := b.panels[j/side*b.tiles*side*side+j%side:]
		for k := range b.n {
			column[k*side] = float32(o.At(j, k))
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
