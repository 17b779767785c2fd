package vec

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func random(n int, seed uint64) []float32 {
	source := rand.New(rand.NewPCG(seed, 1))
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(source.NormFloat64())
	}
	return values
}

func TestDotAgreesWithFloat64AtEveryLength(t *testing.T) {
	for n := range 131 {
		a, b := random(n, 1), random(n, 2)
		var want, size float64
		for i := range a {
			want += float64(a[i]) * float64(b[i])
			size += math.Abs(float64(a[i]) * float64(b[i]))
		}
		require.InDelta(t, want, Dot(a, b), 1e-6*(1+size), "length %d", n)
		require.InDelta(t, want, dotGo(a, b), 1e-6*(1+size), "length %d in Go", n)
	}
}

func TestAxpyAgreesWithGoAtEveryLengthAndWritesNothingElse(t *testing.T) {
	for n := range 131 {
		x, y := random(n, 3), random(n+1, 4)
		want := append([]float32(nil), y...)
		axpyGo(0.75, x, want[:n])
		Axpy(0.75, x, y[:n])
		require.InDeltaSlice(t, want, y, 1e-6, "length %d", n)
		require.Equal(t, want[n], y[n], "the value behind length %d", n)
	}
}

func TestFourOuterProductsAtOnceAreFourOneByOne(t *testing.T) {
	for _, n := range []int{1, 3, 8, 17, 40, 64} {
		alpha := [4]float32{0.5, 1, -2, 0.25}
		var x [4][]float32
		want, got := make([]float32, n*n), make([]float32, n*n)
		for i := range x {
			x[i] = random(n, uint64(20+i))
			AddOuter(alpha[i], x[i], want)
		}
		AddOuters(alpha, x[0], x[1], x[2], x[3], got)
		require.InDeltaSlice(t, want, got, 1e-4, "size %d", n)
	}
}

func TestCholeskySolvesARidgeSystem(t *testing.T) {
	for _, n := range []int{1, 2, 7, 64, 100} {
		a := make([]float32, n*n)
		for k := range 2 * n {
			AddOuter(0.5, random(n, uint64(10+k)), a)
		}
		for i := range n {
			a[i*n+i] += 1
		}
		want := random(n, 5)
		b := make([]float32, n)
		for i := range n {
			for j := range n {
				b[i] += a[max(i, j)*n+min(i, j)] * want[j]
			}
		}
		require.True(t, Cholesky(a, n))
		Solve(a, b)
		require.InDeltaSlice(t, want, b, 2e-3, "size %d", n)
	}
}

func TestCholeskyRefusesWhatIsNotPositiveDefinite(t *testing.T) {
	require.False(t, Cholesky([]float32{1, 0, 2, 1}, 2))
	require.False(t, Cholesky([]float32{float32(math.NaN())}, 1))
}

func BenchmarkDot64(b *testing.B) {
	x, y := random(64, 1), random(64, 2)
	b.SetBytes(2 * 64 * 4)
	for b.Loop() {
		Dot(x, y)
	}
}

func BenchmarkAddOuters64(b *testing.B) {
	const n = 64
	x := [4][]float32{random(n, 1), random(n, 2), random(n, 3), random(n, 4)}
	a := make([]float32, n*n)
	for b.Loop() {
		AddOuters([4]float32{1, 1, 1, 1}, x[0], x[1], x[2], x[3], a)
	}
	const operations = 4 * 2 * n * (n + 1) / 2 // of the lower triangle, a multiplication and an addition each
	b.ReportMetric(operations*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

func BenchmarkCholesky64(b *testing.B) {
	const n = 64
	definite, a := make([]float32, n*n), make([]float32, n*n)
	for i := range 2 * n {
		AddOuter(1, random(n, uint64(i)), definite)
	}
	for b.Loop() {
		copy(a, definite)
		if !Cholesky(a, n) {
			b.Fatal("the matrix is positive definite")
		}
	}
	b.ReportMetric(float64(n*n*n)/3*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
