package ranks

import (
	"runtime"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// Instructions names what decides the rounding of this process's sums. AVX2 and
// AVX-512 give the same bits.
func Instructions() string {
	switch name := vec.Instructions(); name {
	case "avx2", "avx512":
		return runtime.GOARCH + " fma"
	default:
		return runtime.GOARCH + " " + name
	}
}
