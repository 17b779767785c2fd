package vec

// The upper triangle of a symmetric matrix n × n is held in tiles, without what is
// below them: of each sixteen columns the tiles from the first row down to that of the
// diagonal, row by row. Sums of such values are those of a sum of matrices. Behind the
// last row and column they say nothing.

// UpperSize is how many values an upper triangle has: about half of all.
func UpperSize(n int) int {
	tiles := (n + side - 1) / side
	return tiles * (tiles + 1) / 2 * side * side
}

// UpperAt returns the value at row i, column j, not less than i, of an upper triangle.
func UpperAt(upper []float32, i, j int) float32 {
	panel := j / side
	return upper[panel*(panel+1)/2*side*side+i*side+j%side]
}

// A Gramian adds outer products of rows to upper triangles. Its methods use its own
// memory; two goroutines must not use it at once.
type Gramian struct{ packer }

// NewGramian prepares for rows of n values.
func NewGramian(n int) *Gramian { return &Gramian{newPacker(n, chosen)} }

// AddRows adds scale·Σ row·rowᵀ over the rows of factors [, n] to an upper triangle
// [UpperSize]; scale must not be negative.
func (g *Gramian) AddRows(upper []float32, scale float32, factors []float32) {
	g.packRows(scale, factors, func(count int) {
		tiles := upper
		for j := range g.tiles {
			right := g.rows[j*packedStride:]
			for i := range j + 1 {
				g.path.tileAdd((*tile)(tiles), g.rows[i*packedStride:], right, count)
				tiles = tiles[side*side:]
			}
		}
	})
}
