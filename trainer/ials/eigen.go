package ials

import (
	"errors"
	"math"
	"runtime"
	"unsafe"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// errNoEigenvectors says that a matrix isn't finite.
var errNoEigenvectors = errors.New("the iteration for its eigenvectors doesn't converge")

// A tridiagonal matrix is vectors · matrix · vectorsᵀ. Its memory serves one matrix after another.
type tridiagonal struct {
	diagonal, beside  []float64 // [n]; the last one beside is zero
	vectors           *vec.Orthogonal
	reflections       [][]float64 // that the matrix has undergone
	zeros, w, product []float64   // what reducing works on, padded
	sweeps            []sweep     // that vectors have yet to undergo
	turns             []vec.Turn  // where theirs lie
}

// newTridiagonal returns one whose vectors are in memory [vec.OrthogonalSize].
func newTridiagonal(n int, memory []float64) *tridiagonal {
	padded := func() []float64 { return make([]float64, (n+lane-1)/lane*lane) }
	return &tridiagonal{
		diagonal: make([]float64, n), beside: make([]float64, n), vectors: vec.NewOrthogonal(n, memory),
		reflections: make([][]float64, 0, n), zeros: padded(), w: padded(), product: padded(),
	}
}

// eigen returns the eigenvalues of a symmetric matrix and, row by row, its
// eigenvectors, which are t's and of use until the next. It overwrites the memory of
// the matrix, which [square] must have made.
//
// It is Householder's reduction to a tridiagonal matrix and the implicit QL
// iteration (Golub and Van Loan, Matrix Computations, 8.3). gonum's does the same,
// but rotates columns, which lie apart. Here what turns the eigenvectors is noted
// and done to a strip of them after another, by all cores.
func (t *tridiagonal) eigen(matrix [][]float64) (values []float64, vectors *vec.Orthogonal, err error) {
	clear(t.beside)
	t.vectors.Reset()
	t.reduce(matrix)
	t.eachStrip(func(strip int) {
		for _, v := range t.reflections {
			t.vectors.Reflect(strip, v)
		}
	})
	t.turns = turnsIn(matrix)
	if !t.iterate() {
		return nil, nil, errNoEigenvectors
	}
	return t.diagonal, t.vectors, nil
}

// A sweep is what one QL step does to the rows from first on.
type sweep struct {
	first int
	turns []vec.Turn
}

// lane is what the length of a padded row is a multiple of.
const lane = 16

// nothing is what rounding leaves of zero again and again: its square is almost
// too small for a float64, and it is far below any float32.
const nothing = 0x1p-500

// reduce fills in the tridiagonal matrix that a is similar to, and the vectors v
// [n-k-1] of the reflections I − v·vᵀ that it takes, each for rows and columns from
// k+1 on; they lie where row k of the matrix was. One pass over the matrix undoes a
// reflection and takes the product with the next one's vector.
func (t *tridiagonal) reduce(a [][]float64) {
	n := len(a)
	v, w, next, product := t.zeros, t.w, t.zeros, t.product // zero up to k
	clear(w)
	t.reflections = t.reflections[:0]
	for k := range n {
		from := k / lane * lane
		vec.UpdateRow(a[k][from:], v[from:], w[from:], next[from:], v[k], w[k])
		t.diagonal[k] = a[k][k]
		if k+2 >= n {
			if k+1 < n {
				t.beside[k] = a[k][k+1]
			}
			continue
		}
		next = a[k]
		clear(next[:k+1])
		norm := math.Copysign(floats.Norm(next[k+1:n], 2), next[k+1])
		if math.Abs(norm) < nothing {
			clear(next)
		} else {
			t.beside[k] = -norm
			next[k+1] += norm
			floats.Scale(1/math.Sqrt(norm*next[k+1]), next[k+1:n]) // so that |next|² = 2
		}
		t.reflections = append(t.reflections, next[k+1:n])
		clear(product)
		for i := k + 1; i < n; i++ {
			product[i] = vec.UpdateRow(a[i][from:], v[from:], w[from:], next[from:], v[i], w[i])
		}
		floats.AddScaled(product[k+1:n], -floats.Dot(product[k+1:n], next[k+1:n])/2, next[k+1:n])
		v, w, product = next, product, w
	}
}

// eachStrip has all cores do something to strips of the eigenvectors.
func (t *tridiagonal) eachStrip(do func(strip int)) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for strip := range t.vectors.Strips() {
		group.Go(func() error {
			do(strip)
			return nil
		})
	}
	_ = group.Wait() // do can't fail
}

// mostNoted is after how many turns the eigenvectors undergo them: enough for dozens of sweeps, so that
// bringing a strip into the first cache costs little, and 128 KiB.
const mostNoted = 1 << 13

// turnsIn returns no turns, with the memory of a matrix that is needed no more for
// those to come: enough for more than a sweep.
func turnsIn(matrix [][]float64) []vec.Turn {
	memory := matrix[0][:cap(matrix[0])]
	return unsafe.Slice((*vec.Turn)(unsafe.Pointer(unsafe.SliceData(memory))), min(len(memory)/2, mostNoted))[:0]
}

// blank returns n turns to note a sweep's in.
func (t *tridiagonal) blank(n int) []vec.Turn {
	if len(t.turns)+n > cap(t.turns) {
		t.turn()
	}
	t.turns = t.turns[:len(t.turns)+n]
	return t.turns[len(t.turns)-n:]
}

// turn has the eigenvectors undergo what was noted.
func (t *tridiagonal) turn() {
	t.eachStrip(func(strip int) {
		for _, s := range t.sweeps {
			t.vectors.Sweep(strip, s.first, s.turns)
		}
	})
	t.sweeps, t.turns = t.sweeps[:0], t.turns[:0]
}

// iterate makes the matrix diagonal and turns the rows of vectors along.
func (t *tridiagonal) iterate() bool {
	const most = 60 // iterations for an eigenvalue; two are usual
	n := len(t.diagonal)
	size := max(floats.Norm(t.diagonal, math.Inf(1)), floats.Norm(t.beside, math.Inf(1)))
	for first := range n {
		for iteration := 0; ; iteration++ {
			last := first
			for ; last+1 < n; last++ {
				if math.Abs(t.beside[last]) <= 0x1p-53*size {
					break
				}
			}
			if last == first {
				break
			}
			if iteration == most {
				return false
			}
			t.step(first, last)
		}
	}
	t.turn()
	return !math.IsNaN(floats.Sum(t.diagonal))
}

// step is one implicit QL step on rows first to last.
func (t *tridiagonal) step(first, last int) {
	diagonal, beside, turns := t.diagonal, t.beside, t.blank(last-first)
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
			t.sweeps = append(t.sweeps, sweep{i + 1, turns[i+1-first:]})
			return
		}
		sine, cosine = bulge/radius, shift/radius
		shift = diagonal[i+1] - moved
		radius = (diagonal[i]-shift)*sine + 2*cosine*side
		moved = sine * radius
		diagonal[i+1] = shift + moved
		shift = cosine*radius - side
		turns[i-first] = vec.Turn{Cosine: cosine, Sine: sine}
	}
	diagonal[first] -= moved
	beside[first] = shift
	beside[last] = 0
	t.sweeps = append(t.sweeps, sweep{first, turns})
}

// squareSize is how many values a square of n rows takes.
func squareSize(n int) int { return n * ((n + lane - 1) / lane * lane) }

// square returns rows [n, n] in memory [squareSize], one after another, each padded to
// a multiple of a lane.
func square(n int, memory []float64) [][]float64 {
	width := (n + lane - 1) / lane * lane
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = memory[i*width : (i+1)*width : n*width]
	}
	return rows
}
