package vec

import (
	"fmt"
	"os"
)

// A path is an implementation of the training kernels.
type path int8

const (
	portable path = iota
	avx2
	avx512
)

// String is the path's name, as [Instructions] returns it.
func (p path) String() string {
	switch p {
	case avx512:
		return "avx512"
	case avx2:
		return "avx2"
	default:
		return "portable"
	}
}

// chosen is the path that this process takes: the widest that the processor has,
// or a narrower one that DAYBREAK_INSTRUCTIONS names.
var chosen = choose(os.Getenv("DAYBREAK_INSTRUCTIONS"))

func choose(forced string) path {
	available := paths()
	for _, p := range available {
		if p.String() == forced {
			return p
		}
	}
	return available[len(available)-1]
}

// Instructions names the instruction set that the training kernels run on:
// avx512, avx2 or portable. The first two give the same bits; portable differs by
// rounding. The environment variable DAYBREAK_INSTRUCTIONS forces one that the
// processor has.
func Instructions() string { return chosen.String() }

// Use has this process compute in an instruction set by its name from now on. It
// is called while nothing computes.
func Use(name string) error {
	for _, p := range paths() {
		if p.String() == name {
			chosen = p
			follow()
			return nil
		}
	}
	return fmt.Errorf("this processor has no %q", name)
}
