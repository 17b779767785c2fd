package ranks

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// The names of how a processor rounds sums, after its architecture's.
const (
	fused    = " fma" // multiplication and addition in one; AVX2 and AVX-512 give the same bits
	portable = " portable"
)

// Instructions names what decides the rounding of this process's sums.
func Instructions() string {
	switch name := vec.Instructions(); name {
	case "avx2", "avx512":
		return runtime.GOARCH + fused
	default:
		return runtime.GOARCH + " " + name
	}
}

// common returns the instructions in which processors that have these compute the
// same bits; those of different architectures have none.
func common(a, b string) (instructions string, ok bool) {
	if a == b {
		return a, true
	}
	architecture, _, _ := strings.Cut(a, " ")
	other, _, _ := strings.Cut(b, " ")
	return architecture + portable, architecture == other
}

// preferred is the instruction set that this process would compute in alone.
var preferred = sync.OnceValue(vec.Instructions)

// compute has this process compute in instructions that the ranks have in common.
// Nothing may be computing.
func compute(instructions string) error {
	own := preferred() // before any other is used
	if instructions == Instructions() {
		return nil
	}
	name := own
	if instructions == runtime.GOARCH+portable {
		name = "portable"
	}
	if err := vec.Use(name); err != nil {
		return fmt.Errorf("compute as the other ranks: %w", err)
	}
	if got := Instructions(); got != instructions {
		return fmt.Errorf("rank 0 wants sums made in %q, this rank makes them in %q", instructions, got)
	}
	return nil
}
