package vec

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

var sizes = []int{1, 3, 15, 16, 17, 40, 64, 100, 128, 200, 256}

// observed returns rows [rows, n] of which the indices name some, with weights.
func observed(rows, n, entries int) (factors []float32, indices []int32, weights []float32) {
	source := rand.New(rand.NewPCG(7, uint64(n)))
	for range entries {
		indices = append(indices, int32(source.IntN(rows)))
		weights = append(weights, source.Float32())
	}
	return random(rows*n, 8), indices, weights
}

// gathered returns the system of such rows, by the path, and as gonum has it.
func gathered(p path, n int) (*Symmetric, *mat.SymDense) {
	factors, indices, weights := observed(300, n, 2*n+7)
	s := newSymmetric(n, p)
	s.AddGathered(0.5, factors, indices, weights)
	s.AddDiagonal(float32(n))
	want := mat.NewSymDense(n, nil)
	for k, index := range indices {
		row := make([]float64, n)
		for i := range row {
			row[i] = float64(factors[int(index)*n+i])
		}
		want.SymRankOne(want, 0.5*float64(weights[k]), mat.NewVecDense(n, row))
	}
	for i := range n {
		want.SetSym(i, i, want.At(i, i)+float64(n))
	}
	return s, want
}

func TestGatheredOuterProductsAgreeWithFloat64AtEverySizeOnEveryPath(t *testing.T) {
	for _, n := range sizes {
		for _, p := range paths() {
			s, want := gathered(p, n)
			for i := range n {
				for j := range i + 1 {
					require.InDelta(t, want.At(i, j), s.At(i, j), 1e-5*float64(n+10), "%s, size %d, %d, %d", p, n, i, j)
				}
			}
		}
	}
}

func TestFactorAndSolveAgreeWithFloat64AtEverySizeOnEveryPath(t *testing.T) {
	for _, n := range sizes {
		right := random(n, 5)
		for _, p := range paths() {
			s, system := gathered(p, n)
			b, want := mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
			for i, v := range right {
				b.SetVec(i, float64(v))
			}
			require.NoError(t, want.SolveVec(system, b))
			got := append([]float32(nil), right...)
			require.True(t, s.Factor())
			s.Solve(got)
			for i := range got {
				require.InDelta(t, want.AtVec(i), got[i], 1e-5, "%s, size %d, %d", p, n, i)
			}
		}
	}
}

// sameBits runs compute on both assembly paths, where the processor has them.
func sameBits[T any](t *testing.T, compute func(path) T) {
	t.Helper()
	available := paths()
	for i := 2; i < len(available); i++ {
		require.Equal(t, compute(available[1]), compute(available[i]), "%s and %s", available[1], available[i])
	}
}

// TestFactorsHaveTheBitsTheyHad holds for processors that can't compare two assembly paths. What changes these bits
// changes what every model learns, and must change them on both paths.
func TestFactorsHaveTheBitsTheyHad(t *testing.T) {
	for _, p := range paths() {
		if p == portable {
			continue
		}
		digest := sha256.New()
		for _, n := range sizes {
			s, _ := gathered(p, n)
			require.NoError(t, binary.Write(digest, binary.LittleEndian, s.Lower()))
			require.True(t, s.Factor())
			x := random(n, 5)
			s.Solve(x)
			require.NoError(t, binary.Write(digest, binary.LittleEndian, s.Lower()))
			require.NoError(t, binary.Write(digest, binary.LittleEndian, x))
		}
		require.Equal(t, "1d0367df810175d8121688793bc964e8ebc6938fa0bc66081520bc5425795f04", hex.EncodeToString(digest.Sum(nil)), p)
	}
}

func TestBothAssemblyPathsGiveTheSameBits(t *testing.T) {
	for _, n := range sizes {
		sameBits(t, func(p path) []float32 {
			s, _ := gathered(p, n)
			lower := s.Lower()
			s.Factor()
			x := random(n, 5)
			s.Solve(x)
			return append(lower, x...)
		})
		sameBits(t, func(p path) []float32 {
			s := newSymmetric(n, p)
			s.AddRows(0.1, random(300*n, 1))
			return s.Lower()
		})
		sameBits(t, func(p path) []float32 { return newGathering(p, n).run() })
		sameBits(t, func(p path) []float32 {
			rotated := random(37*n, 3)
			newTestBasis(random(n*n, 2), n, p).Turn(rotated)
			return rotated
		})
	}
}

// gathering is the state of a conjugate gradient iteration.
type gathering struct {
	path                   path
	n                      int
	x, r, z, d, q, inverse []float32
	factors                []float32
	indices                []int32
	weights                []float32
}

func newGathering(p path, n int) *gathering {
	g := &gathering{path: p, n: n}
	g.factors, g.indices, g.weights = observed(50, n, 21)
	for i, v := range []*[]float32{&g.x, &g.r, &g.z, &g.d, &g.q, &g.inverse} {
		*v = Padded(n)
		copy(*v, random(n, uint64(30+i)))
	}
	return g
}

func (g *gathering) run() []float32 {
	form := newQuadratic(g.n, g.path)
	misses, _ := form.Gather(g.q, g.d, g.factors, g.indices, g.weights, nil, 2, 1)
	result := []float32{misses, g.path.advance(g.x, g.r, g.z, g.d, g.q, g.inverse, 0.5), g.path.dot(g.x, g.r)}
	g.path.direction(g.d, g.z, 0.25)
	g.path.negativeProduct(g.inverse, g.d, g.r)
	for _, v := range [][]float32{g.x, g.r, g.z, g.d, g.q, g.inverse} {
		result = append(result, v...)
	}
	return result
}

func TestAStepOfConjugateGradientsIsTheSameOnEveryPath(t *testing.T) {
	for _, n := range sizes {
		want := newGathering(portable, n).run()
		for _, p := range paths() {
			got := newGathering(p, n).run()
			for i := range want {
				require.InDelta(t, want[i], got[i], 1e-4*(float64(n)+math.Abs(float64(want[i]))), "%s, size %d, value %d", p, n, i)
			}
		}
	}
}

func TestRowsThatAreFetchedAheadChangeNothing(t *testing.T) {
	const n = 40
	for _, p := range paths() {
		for _, entries := range []int{3, 4, 7, 8, 21, 32} {
			factors, indices, weights := observed(50, n, entries)
			gather := func(ahead []int32) (out []float32, misses float32, rest []int32) {
				out, x := Padded(n), Padded(n)
				copy(x, random(n, 9))
				misses, rest = newQuadratic(n, p).Gather(out, x, factors, indices, weights, ahead, 2, 1)
				return out, misses, rest
			}
			want, missed, rest := gather(nil)
			require.Empty(t, rest)
			_, ahead, _ := observed(50, n, 20)
			got, misses, rest := gather(ahead)
			require.Equal(t, want, got, "%s, %d rows", p, entries)
			require.Equal(t, missed, misses, "%s, %d rows", p, entries)
			require.Equal(t, ahead[min(entries/4*4, 20):], rest, "%s, %d rows", p, entries)
		}
	}
}

func TestTurningIsMultiplication(t *testing.T) {
	for _, n := range sizes {
		basis, rows := random(n*n, 2), random(37*n, 3)
		for _, p := range paths() {
			got := append([]float32(nil), rows...)
			newTestBasis(basis, n, p).Turn(got)
			for _, at := range [][2]int{{0, 0}, {16, n - 1}, {36, n / 2}} {
				var want float64
				for k := range n {
					want += float64(rows[at[0]*n+k]) * float64(basis[k*n+at[1]])
				}
				require.InDelta(t, want, got[at[0]*n+at[1]], 1e-3, "%s, size %d", p, n)
			}
		}
	}
}

// newTestBasis returns one of any matrix [n, n], row by row.
func newTestBasis(matrix []float32, n int, p path) *Basis {
	transposed := newOrthogonal(n, make([]float64, OrthogonalSize(n)), p)
	for k := range n {
		for j := range n {
			transposed.strip(k / side)[j*side+k%side] = float64(matrix[k*n+j])
		}
	}
	basis := newBasis(n, random(BasisSize(n), 4), p)
	basis.SetTransposed(transposed)
	return basis
}

func TestARowTurnsTheSameAloneAndAmongOthers(t *testing.T) {
	const n = 40
	basis := newTestBasis(random(n*n, 2), n, chosen)
	together, alone := random(37*n, 3), random(37*n, 3)[20*n:21*n]
	basis.Turn(together)
	basis.Turn(alone)
	require.Equal(t, together[20*n:21*n], alone)
}

func TestFactorRefusesWhatIsNotPositiveDefinite(t *testing.T) {
	for _, p := range paths() {
		for _, bad := range []float32{-1, 0, float32(math.NaN()), float32(math.Inf(1))} {
			s := newSymmetric(20, p)
			s.AddDiagonal(1)
			s.Set(18, 18, bad)
			require.False(t, s.Factor(), "%s, %v", p, bad)
		}
	}
}

func TestInstructionsAreThoseThatAreForcedWhereTheProcessorHasThem(t *testing.T) {
	for _, p := range paths() {
		require.Equal(t, p, choose(p.String()))
	}
	require.Equal(t, paths()[len(paths())-1], choose("none such"))
}

func TestAnUpperTriangleHasTheBitsOfAWholeMatrix(t *testing.T) {
	for _, n := range sizes {
		rows := random(300*n, 1)
		s, upper := NewSymmetric(n), make([]float32, UpperSize(n))
		s.AddRows(0.1, rows)
		NewGramian(n).AddRows(upper, 0.1, rows)
		for i := range n {
			for j := i; j < n; j++ {
				require.Equal(t, s.At(i, j), UpperAt(upper, i, j), "size %d, row %d, column %d", n, i, j)
			}
		}
	}
}

func TestReflectionsAndSweepsTurnEveryStripAndKeepItOrthogonalOnEveryPath(t *testing.T) {
	for _, n := range []int{2, 15, 16, 33, 64} {
		source := rand.New(rand.NewPCG(1, uint64(n)))
		v := make([]float64, n-1)
		var squared float64
		for i := range v {
			v[i] = source.NormFloat64()
			squared += v[i] * v[i]
		}
		for i := range v {
			v[i] *= math.Sqrt(2 / squared)
		}
		turns := make([]Turn, n-1)
		for i := range turns {
			angle := source.Float64()
			turns[i] = Turn{Cosine: math.Cos(angle), Sine: math.Sin(angle)}
		}
		turned := func(p path) *Orthogonal {
			o := newOrthogonal(n, make([]float64, OrthogonalSize(n)), p)
			o.Reset()
			for strip := range o.Strips() {
				o.Reflect(strip, v)
				o.Sweep(strip, 0, turns)
				o.Sweep(strip, n-2, turns[:1])
			}
			return o
		}
		want := turned(portable)
		for _, p := range paths() {
			o := turned(p)
			for i := range n {
				for j := range n {
					var dot float64
					for k := range n {
						dot += o.At(i, k) * o.At(j, k)
					}
					same := 0.0
					if i == j {
						same = 1
					}
					require.InDelta(t, same, dot, 1e-12, "%s, size %d", p, n)
					require.InDelta(t, want.At(i, j), o.At(i, j), 1e-12, "%s, size %d", p, n)
				}
			}
		}
		sameBits(t, func(p path) []float64 { return turned(p).values })
	}
}

func TestUpdatedRowsAreTheSameBitsOnEveryAssemblyPath(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	row := func() []float64 {
		values := make([]float64, 48)
		for i := range values {
			values[i] = source.NormFloat64()
		}
		return values
	}
	a, v, w, next := row(), row(), row(), row()
	updated := func(p path) []float64 {
		b := slices.Clone(a)
		return append(b, p.updateRow(b, v, w, next, 2, 3))
	}
	sameBits(t, updated)
	for _, p := range paths() {
		var dot float64
		got := updated(p)
		for i := range a {
			want := a[i] - 2*w[i] - 3*v[i]
			require.InDelta(t, want, got[i], 1e-12, "%s", p)
			dot += want * next[i]
		}
		require.InDelta(t, dot, got[len(a)], 1e-10, "%s", p)
	}
}

func TestInstructionsCanBeChangedToAnyThatTheProcessorHas(t *testing.T) {
	own := Instructions()
	t.Cleanup(func() { require.NoError(t, Use(own)) })
	for _, p := range paths() {
		require.NoError(t, Use(p.String()))
		require.Equal(t, p.String(), Instructions())
		require.Equal(t, newScanner().name, scan.name)
	}
	require.ErrorContains(t, Use("neon512"), `has no "neon512"`)
}
