package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALogarithmIsThatOfTheStandardLibraryAsAFloat32(t *testing.T) {
	check := func(x float64) {
		if want, got := float32(math.Log1p(x)), float32(log1p(x)); want != got {
			require.Equal(t, want, got, "of 1 + %v", x)
		}
	}
	source := rand.New(rand.NewPCG(1, 2))
	for range 3_000_000 {
		check(math.Exp2(source.Float64()*30 - 8))
	}
	for _, edge := range []float64{0, logLeast, logMost, 1, 3, 1 << 12, -0.5, math.Inf(1), math.SmallestNonzeroFloat64} {
		for _, x := range []float64{edge, math.Nextafter(edge, math.Inf(-1)), math.Nextafter(edge, math.Inf(1))} {
			check(x)
		}
	}
	require.True(t, math.IsNaN(log1p(math.NaN())))
	require.Equal(t, 0.0, log1p(0))
}

func TestTheShortWayToALogarithmIsAsNearAsItSays(t *testing.T) {
	for x := logLeast; x <= logMost; x *= 1.00001 {
		if want, got := math.Log1p(x), log1p(x); math.Abs(got-want) > 0.01*logError*want {
			require.InEpsilon(t, want, got, 0.01*logError, "of 1 + %v", x)
		}
	}
}
