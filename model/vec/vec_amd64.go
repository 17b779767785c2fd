package vec

// accelerated says whether this process runs the assembly of vec_amd64.s.
var accelerated = chosen != portable

// dotFMA returns the inner product of the n values at a and at b.
//
//go:noescape
func dotFMA(a, b *float32, n int) float32

// axpyFMA adds alpha times the n values at x to those at y.
//
//go:noescape
func axpyFMA(alpha float32, x, y *float32, n int)
