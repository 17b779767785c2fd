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

func BenchmarkDot64(b *testing.B) {
	x, y := random(64, 1), random(64, 2)
	b.SetBytes(2 * 64 * 4)
	for b.Loop() {
		Dot(x, y)
	}
}
