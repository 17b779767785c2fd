package ials

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
)

// errNoEigenvectors says that a matrix isn't finite.
var errNoEigenvectors = errors.New("the iteration for its eigenvectors doesn't converge")

// eigen returns the eigenvalues of a symmetric matrix and, row by row, its
// eigenvectors. It overwrites the matrix.
//
// It is Householder's reduction to a tridiagonal matrix and the implicit QL
// iteration (Golub and Van Loan, Matrix Computations, 8.3). gonum's does the same,
// but rotates columns, which lie apart: for 256 factors this is many times as
// fast.
func eigen(matrix [][]float64) (values []float64, vectors [][]float64, err error) {
	n := len(matrix)
	reflections := reduce(matrix)
	diagonal, beside := make([]float64, n), make([]float64, n)
	for i := range n {
		diagonal[i] = matrix[i][i]
		if i+1 < n {
			beside[i] = matrix[i+1][i]
		}
	}
	vectors = transposed(reflected(reflections, n))
	if !iterate(diagonal, beside, vectors) {
		return nil, nil, errNoEigenvectors
	}
	return diagonal, vectors, nil
}

// reduce makes a symmetric matrix tridiagonal. It returns the vectors v [n-k-1] of
// the reflections I − v·vᵀ that it took, for rows and columns from k+1 on.
func reduce(a [][]float64) (reflections [][]float64) {
	n := len(a)
	w := make([]float64, n)
	for k := 0; k+2 < n; k++ {
		v := make([]float64, n-k-1)
		for i := range v {
			v[i] = a[k+1+i][k]
		}
		norm := math.Copysign(floats.Norm(v, 2), v[0])
		reflections = append(reflections, v)
		if norm == 0 {
			continue
		}
		a[k+1][k] = -norm
		v[0] += norm
		floats.Scale(1/math.Sqrt(norm*v[0]), v) // so that |v|² = 2
		w := w[:len(v)]
		for i := range v {
			w[i] = floats.Dot(a[k+1+i][k+1:], v)
		}
		floats.AddScaled(w, -floats.Dot(w, v)/2, v)
		for i := range v {
			row := a[k+1+i][k+1:]
			floats.AddScaled(row, -v[i], w)
			floats.AddScaled(row, -w[i], v)
		}
	}
	return reflections
}

// reflected returns the product of the reflections [n, n].
func reflected(reflections [][]float64, n int) [][]float64 {
	product := square(n)
	for i := range n {
		product[i][i] = 1
	}
	sum := make([]float64, n)
	for k := len(reflections) - 1; k >= 0; k-- {
		v, sum := reflections[k], sum[:n-k-1]
		clear(sum)
		for i := range v {
			floats.AddScaled(sum, v[i], product[k+1+i][k+1:])
		}
		for i := range v {
			floats.AddScaled(product[k+1+i][k+1:], -v[i], sum)
		}
	}
	return product
}

// iterate makes a tridiagonal matrix diagonal and turns the rows of vectors along.
func iterate(diagonal, beside []float64, vectors [][]float64) bool {
	const most = 60 // iterations for an eigenvalue; two are usual
	n := len(diagonal)
	size := max(floats.Norm(diagonal, math.Inf(1)), floats.Norm(beside, math.Inf(1)))
	for first := range n {
		for iteration := 0; ; iteration++ {
			last := first
			for ; last+1 < n; last++ {
				if math.Abs(beside[last]) <= 0x1p-53*size {
					break
				}
			}
			if last == first {
				break
			}
			if iteration == most {
				return false
			}
			sweep(diagonal, beside, vectors, first, last)
		}
	}
	return !math.IsNaN(floats.Sum(diagonal))
}

// sweep is one implicit QL step on rows first to last.
func sweep(diagonal, beside []float64, vectors [][]float64, first, last int) {
	shift := (diagonal[first+1] - diagonal[first]) / (2 * beside[first])
	shift = diagonal[last] - diagonal[first] + beside[first]/(shift+math.Copysign(math.Hypot(shift, 1), shift))
	sine, cosine, moved := 1.0, 1.0, 0.0
	for i := last - 1; i >= first; i-- {
		bulge, side := sine*beside[i], cosine*beside[i]
		radius := math.Hypot(bulge, shift)
		beside[i+1] = radius
		if radius == 0 { // the matrix falls apart here
			diagonal[i+1] -= moved
			beside[last] = 0
			return
		}
		sine, cosine = bulge/radius, shift/radius
		shift = diagonal[i+1] - moved
		radius = (diagonal[i]-shift)*sine + 2*cosine*side
		moved = sine * radius
		diagonal[i+1] = shift + moved
		shift = cosine*radius - side
		rotate(vectors[i], vectors[i+1], cosine, sine)
	}
	diagonal[first] -= moved
	beside[first] = shift
	beside[last] = 0
}

func rotate(a, b []float64, cosine, sine float64) {
	b = b[:len(a)]
	for k, x := range a {
		y := b[k]
		a[k], b[k] = cosine*x-sine*y, sine*x+cosine*y
	}
}

func square(n int) [][]float64 {
	rows, values := make([][]float64, n), make([]float64, n*n)
	for i := range rows {
		rows[i] = values[i*n : (i+1)*n]
	}
	return rows
}

func transposed(a [][]float64) [][]float64 {
	t := square(len(a))
	for i, row := range a {
		for j, value := range row {
			t[j][i] = value
		}
	}
	return t
}
