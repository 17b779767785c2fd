package vec

// A Turn is a rotation in the plane of two neighbouring rows.
type Turn struct{ Cosine, Sine float64 }

// An Orthogonal is an orthogonal matrix [n, n] of float64 that is made of
// reflections and rotations of its rows. It lies in strips of sixteen columns,
// each of which fits the first cache; different strips may be worked on
// concurrently.
type Orthogonal struct {
	path   path
	n      int
	values []float64 // [strips, n, 16]
}

// OrthogonalSize is how many values an Orthogonal takes.
func OrthogonalSize(n int) int { return (n + side - 1) / side * n * side }

// NewOrthogonal returns one that lies in memory [OrthogonalSize], of any values: it is
// none before it is reset.
func NewOrthogonal(n int, memory []float64) *Orthogonal { return newOrthogonal(n, memory, chosen) }

func newOrthogonal(n int, memory []float64, p path) *Orthogonal {
	return &Orthogonal{path: p, n: n, values: memory[:OrthogonalSize(n)]}
}

// Reset makes o the identity.
func (o *Orthogonal) Reset() {
	clear(o.values)
	for i := range o.n {
		o.strip(i / side)[i*side+i%side] = 1
	}
}

// Strips is the number of strips.
func (o *Orthogonal) Strips() int { return (o.n + side - 1) / side }

func (o *Orthogonal) strip(s int) []float64 { return o.values[s*o.n*side : (s+1)*o.n*side] }

// At returns the value at row i, column j.
func (o *Orthogonal) At(i, j int) float64 { return o.strip(j / side)[i*side+j%side] }

// Reflect multiplies the last len(v) rows, in one strip, with I − v·vᵀ.
func (o *Orthogonal) Reflect(strip int, v []float64) {
	o.path.reflect(o.strip(strip)[(o.n-len(v))*side:], v)
}

// Sweep turns rows first and first+1 by the first of turns, the next two by the
// next, and so on, in one strip, beginning with the last two: row i becomes
// cosine·row − sine·next, the next one sine·row + cosine·next.
func (o *Orthogonal) Sweep(strip, first int, turns []Turn) {
	o.path.sweep(o.strip(strip)[first*side:], turns)
}

// UpdateRow subtracts vi·w + wi·v from a, and returns a's inner product with next.
// All have the same length, a positive multiple of sixteen.
func UpdateRow(a, v, w, next []float64, vi, wi float64) float64 {
	return chosen.updateRow(a, v, w, next, vi, wi)
}
