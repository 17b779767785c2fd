package vec

// Padded returns zeros for n values and as many more as make a multiple of
// sixteen: what the functions of conjugate gradients work on.
func Padded(n int) []float32 { return make([]float32, (n+side-1)/side*side) }

// A Quadratic multiplies with Σ weight·row·rowᵀ over gathered rows without forming
// it. It is only read once made.
type Quadratic struct {
	path path
	n    int
	mask *tailMask
}

// NewQuadratic prepares for rows of n values.
func NewQuadratic(n int) Quadratic { return newQuadratic(n, chosen) }

func newQuadratic(n int, p path) Quadratic { return Quadratic{path: p, n: n, mask: newTailMask(n)} }

// Gather adds scale·weights[i]·(bias − ⟨row,x⟩)·row to out for each row of factors
// [, n] that indices name, and returns Σ scale·weights[i]·(bias − ⟨row,x⟩)²; out
// and x are padded. Meanwhile it has rows that ahead names, which may be none,
// brought nearer to the processor: no more than indices has, of which it returns
// the rest of ahead.
func (f Quadratic) Gather(out, x, factors []float32, indices []int32, weights []float32, ahead []int32, scale, bias float32) (misses float32, rest []int32) {
	whole := len(indices) / 4 * 4
	misses = f.path.gather(out, x, factors, indices[:whole], weights, ahead, f.n, f.mask, scale, bias)
	rest = ahead[min(len(ahead), whole):]
	if whole == len(indices) {
		return misses, rest
	}
	var lastIndices [4]int32 // those behind the last name a row and give it no weight
	var lastWeights [4]float32
	copy(lastIndices[:], indices[whole:])
	copy(lastWeights[:], weights[whole:len(indices)])
	for i := len(indices) - whole; i < 4; i++ {
		lastIndices[i] = lastIndices[0]
	}
	return misses + f.path.gather(out, x, factors, lastIndices[:], lastWeights[:], nil, f.n, f.mask, scale, bias), rest
}

// NegativeProduct writes −a·b, value by value, to out. All are padded.
func (f Quadratic) NegativeProduct(out, a, b []float32) { f.path.negativeProduct(out, a, b) }

// Dot returns the inner product of padded a and b.
func (f Quadratic) Dot(a, b []float32) float32 { return f.path.dot(a, b) }

// Direction overwrites d with z + beta·d. Both are padded.
func (f Quadratic) Direction(d, z []float32, beta float32) { f.path.direction(d, z, beta) }

// Advance adds alpha·d to x and alpha·q to r, writes inverse·r to z, and returns
// ⟨r,z⟩. All are padded.
func (f Quadratic) Advance(x, r, z, d, q, inverse []float32, alpha float32) float32 {
	return f.path.advance(x, r, z, d, q, inverse, alpha)
}
