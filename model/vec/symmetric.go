package vec

import "math"

// side is the number of rows and of columns of a tile.
const side = 16

// A tile is [16, 16], row by row.
type tile [side * side]float32

// A tailMask has −1 for each value of a row's last, partial sixteen.
type tailMask [side]int32

// newTailMask returns nil where n is a multiple of sixteen.
func newTailMask(n int) *tailMask {
	if n%side == 0 {
		return nil
	}
	var mask tailMask
	for i := range n % side {
		mask[i] = -1
	}
	return &mask
}

func (m *tailMask) pointer() *int32 {
	if m == nil {
		return nil
	}
	return &m[0]
}

// A Symmetric is a symmetric n × n matrix, of which the upper triangle is held in
// tiles: panel j, [n, 16], holds columns 16·j up to 16·(j+1). Behind the last row
// and column, up to a multiple of sixteen, lies the identity. Once factored it
// holds the triangle of a Cholesky factorisation. Its methods use its own memory
// alone; two goroutines must not use it at once.
type Symmetric struct {
	packer
	values []float32
	x      []float32 // [16·tiles]
}

// NewSymmetric returns a matrix of zeros.
func NewSymmetric(n int) *Symmetric { return newSymmetric(n, chosen) }

func newSymmetric(n int, p path) *Symmetric {
	packer := newPacker(n, p)
	s := &Symmetric{packer: packer, values: make([]float32, packer.tiles*(packer.tiles*side*side+apart)), x: make([]float32, packer.tiles*side)}
	s.Reset(n)
	return s
}

// Reset makes s a matrix of zeros, n × n; n must not exceed what s was made for.
func (s *Symmetric) Reset(n int) {
	s.n, s.tiles, s.mask = n, (n+side-1)/side, newTailMask(n)
	clear(s.values[:s.tiles*s.stride()])
	for i := n; i < s.tiles*side; i++ {
		s.values[s.place(i, i)] = 1
	}
}

// stride is how many values lie between two panels.
func (s *Symmetric) stride() int { return s.tiles*side*side + apart }

// place is where row i and column j, not less than i, lie.
func (s *Symmetric) place(i, j int) int { return j/side*s.stride() + i*side + j%side }

// tile returns the tile of strip i and panel j.
func (s *Symmetric) tile(i, j int) *tile {
	return (*tile)(s.values[j*s.stride()+i*side*side:])
}

// right returns the values from the tile to the right of diagonal tile i on.
func (s *Symmetric) right(i int) []float32 { return s.values[(i+1)*s.stride()+i*side*side:] }

// panel returns panel j.
func (s *Symmetric) panel(j int) []float32 { return s.values[j*s.stride() : (j+1)*s.stride()] }

// Set sets the values at row i, column j and at row j, column i.
func (s *Symmetric) Set(i, j int, value float32) { s.values[s.place(min(i, j), max(i, j))] = value }

// At returns the value at row i, column j.
func (s *Symmetric) At(i, j int) float32 { return s.values[s.place(min(i, j), max(i, j))] }

// SetRow sets the values at row i, columns 0 to i, which are given, and those that
// mirror them.
func (s *Symmetric) SetRow(i int, values []float32) {
	column := s.values[s.place(0, i):]
	for j, value := range values[:i+1] {
		column[j*side] = value
	}
}

// SetLower makes s the matrix whose lower triangle, row by row of [n, n], is given.
func (s *Symmetric) SetLower(lower []float32) {
	s.Reset(s.n)
	for i := range s.n {
		s.SetRow(i, lower[i*s.n:i*s.n+i+1])
	}
}

// Lower returns the lower triangle in a matrix [n, n], the rest of which is zero.
func (s *Symmetric) Lower() []float32 {
	lower := make([]float32, s.n*s.n)
	for i := range s.n {
		column := s.values[s.place(0, i):]
		for j := range i + 1 {
			lower[i*s.n+j] = column[j*side]
		}
	}
	return lower
}

// Copy makes s the same matrix as other, which must be of its size.
func (s *Symmetric) Copy(other *Symmetric) {
	for j := range s.tiles {
		upper := (j + 1) * side * side
		copy(s.panel(j)[:upper], other.panel(j)[:upper])
	}
}

// AddDiagonal adds value to each element of the diagonal.
func (s *Symmetric) AddDiagonal(value float32) {
	for i := range s.n {
		s.values[s.place(i, i)] += value
	}
}

// AddRows adds scale·Σ row·rowᵀ over the rows of factors [, n]; scale must not be
// negative.
func (s *Symmetric) AddRows(scale float32, factors []float32) {
	s.packRows(scale, factors, s.addPacked)
}

// AddGathered adds scale·Σ weights[i]·row·rowᵀ over the rows of factors [, n] that
// indices name. Neither scale nor a weight may be negative.
func (s *Symmetric) AddGathered(scale float32, factors []float32, indices []int32, weights []float32) {
	for len(indices) > 0 {
		count := min(len(indices), packed)
		for k, index := range indices[:count] {
			s.pack(k, factors[int(index)*s.n:(int(index)+1)*s.n], scale*weights[k])
		}
		s.addPacked(count)
		indices, weights = indices[count:], weights[count:]
	}
}

// addPacked adds the outer products of the first count packed rows.
func (s *Symmetric) addPacked(count int) {
	for j := range s.tiles {
		right := s.rows[j*packedStride:]
		for i := range j + 1 {
			s.path.tileAdd(s.tile(i, j), s.rows[i*packedStride:], right, count)
		}
	}
}

// Factor overwrites a positive definite matrix with its Cholesky factor. It
// returns false, with the matrix of no further use, where it isn't positive
// definite in float32.
func (s *Symmetric) Factor() bool {
	for i := range s.tiles {
		above := s.panel(i)
		diagonal := s.tile(i, i)
		s.path.tileSubtractUpper(diagonal, above, above, i*side)
		for j := i + 1; j < s.tiles; j++ {
			s.path.tileSubtract(s.tile(i, j), above, s.panel(j), i*side)
		}
		s.path.tileFactor(diagonal)
		for r := range side {
			if v := diagonal[r*side+r]; !(v > 0 && v <= math.MaxFloat32) { // also where it is NaN
				return false
			}
		}
		for j := i + 1; j < s.tiles; j++ {
			s.path.tileSolve(diagonal, s.tile(i, j))
		}
	}
	return true
}

// Beside returns a matrix that has been factored once more, with memory of its own
// for Solve alone, so that two goroutines can solve at once. Neither must be changed
// from then on.
func (s *Symmetric) Beside() *Symmetric {
	beside := *s
	beside.rows, beside.x = nil, make([]float32, len(s.x))
	return &beside
}

// Solve overwrites b [n] with the solution of the system that Factor has factored.
func (s *Symmetric) Solve(b []float32) {
	x := s.x[:s.tiles*side]
	clear(x[copy(x, b[:s.n]):])
	for i := range s.tiles {
		y, diagonal := (*[side]float32)(x[i*side:]), s.tile(i, i)
		for r := range side {
			y[r] *= diagonal[r*side+r]
			for c := r + 1; c < side; c++ {
				y[c] -= diagonal[r*side+c] * y[r]
			}
		}
		if i+1 < s.tiles {
			s.path.stripSubtract(x[(i+1)*side:], y[:], s.right(i), s.stride(), s.tiles-i-1)
		}
	}
	for i := s.tiles - 1; i >= 0; i-- {
		y, diagonal := (*[side]float32)(x[i*side:]), s.tile(i, i)
		if i+1 < s.tiles {
			var dots [side]float32
			s.path.stripDots(&dots, x[(i+1)*side:], s.right(i), s.stride(), s.tiles-i-1)
			for r := range y {
				y[r] -= dots[r]
			}
		}
		for r := side - 1; r >= 0; r-- {
			for c := r + 1; c < side; c++ {
				y[r] -= diagonal[r*side+c] * y[c]
			}
			y[r] *= diagonal[r*side+r]
		}
	}
	copy(b[:s.n], x)
}
