package vec

import "math"

// AddOuter adds alpha times the outer product of x with itself to the lower
// triangle of the n × n matrix a, n being len(x).
func AddOuter(alpha float32, x, a []float32) {
	n := len(x)
	for i := range n {
		Axpy(alpha*x[i], x[:i+1], a[i*n:i*n+i+1])
	}
}

// Cholesky factors the symmetric positive definite n × n matrix a, of which it
// reads the lower triangle, into L·Lᵀ and leaves L in that triangle. It returns
// false, with a half overwritten, where a is not positive definite in float32.
func Cholesky(a []float32, n int) bool {
	for i := range n {
		row := a[i*n : i*n+i+1]
		for j := range i {
			other := a[j*n : j*n+j+1]
			row[j] = (row[j] - Dot(row[:j], other[:j])) / other[j]
		}
		pivot := row[i] - Dot(row[:i], row[:i])
		if !(pivot > 0) { // also where it is NaN
			return false
		}
		row[i] = float32(math.Sqrt(float64(pivot)))
	}
	return true
}

// Solve overwrites b with the solution x of L·Lᵀ·x = b, where l holds the n × n
// factor that Cholesky left, n being len(b).
func Solve(l, b []float32) {
	n := len(b)
	for i := range n {
		row := l[i*n : i*n+i+1]
		b[i] = (b[i] - Dot(row[:i], b[:i])) / row[i]
	}
	for i := n - 1; i >= 0; i-- {
		row := l[i*n : i*n+i+1]
		b[i] /= row[i]
		Axpy(-b[i], row[:i], b[:i])
	}
}
