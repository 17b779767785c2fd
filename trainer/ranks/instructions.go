package ranks

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// Instructions names what decides the rounding of this process's sums.
func Instructions() string {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		return runtime.GOARCH + " avx2 fma"
	}
	return runtime.GOARCH
}
