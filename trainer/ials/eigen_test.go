package ials

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"github.com/daybreak-ml/daybreak/model/vec"
)

func symmetric(n int, value func() float64) [][]float64 {
	a := square(n, make([]float64, squareSize(n)))
	for i := range a {
		for j := range i + 1 {
			a[i][j] = value()
			a[j][i] = a[i][j]
		}
	}
	return a
}

func copied(a [][]float64) [][]float64 {
	b := square(len(a), make([]float64, squareSize(len(a))))
	for i, row := range a {
		copy(b[i], row)
	}
	return b
}

func TestEigenvectorsAreOrthonormalAndMakeUpTheMatrix(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	tests := map[string]func() float64{
		"any":             source.NormFloat64,
		"zeros":           func() float64 { return 0 },
		"all the same":    func() float64 { return 3 },
		"tiny and large":  func() float64 { return math.Exp(20 * source.NormFloat64()) },
		"hardly anything": func() float64 { return 1e-45 * float64(source.IntN(3)) },
		"half of it zero": func() float64 { return max(0, source.NormFloat64()) },
	}
	for name, value := range tests {
		for _, n := range []int{1, 2, 3, 17, 64} {
			t.Run(fmt.Sprintf("%s, %d", name, n), func(t *testing.T) {
				want := symmetric(n, value)
				values, orthogonal, err := newTridiagonal(n, make([]float64, vec.OrthogonalSize(n))).eigen(copied(want))
				require.NoError(t, err)
				vectors := square(n, make([]float64, squareSize(n)))
				for i := range n {
					for j := range n {
						vectors[i][j] = orthogonal.At(i, j)
					}
				}
				var size float64
				for _, row := range want {
					size = max(size, floats.Norm(row, math.Inf(1)))
				}
				for i := range n {
					for j := range n {
						same := 0.0
						if i == j {
							same = 1
						}
						require.InDelta(t, same, floats.Dot(vectors[i], vectors[j]), 1e-12)
						var sum float64
						for k, value := range values {
							sum += value * vectors[k][i] * vectors[k][j]
						}
						require.InDelta(t, want[i][j], sum, 1e-12*float64(n)*size)
					}
				}
			})
		}
	}
}

func TestAMatrixThatIsNotFiniteHasNoEigenvectors(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		_, _, err := newTridiagonal(5, make([]float64, vec.OrthogonalSize(5))).eigen(symmetric(5, func() float64 { return bad }))
		require.ErrorIs(t, err, errNoEigenvectors)
	}
}

func BenchmarkEigen(b *testing.B) {
	source := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{64, 128, 256} {
		b.Run(fmt.Sprintf("d=%d", n), func(b *testing.B) {
			matrix := symmetric(n, source.NormFloat64)
			for b.Loop() {
				if _, _, err := newTridiagonal(n, make([]float64, vec.OrthogonalSize(n))).eigen(copied(matrix)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
