//go:build !race

package admission_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// With the race detector, goroutines that wait allocate.
func TestARequestLeavesNoGarbage(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	const requests = 1000
	for _, n := range []int{1, 9} {
		gate := admission.NewGate[*int](1, 16, 0)
		all := clients(t, n)
		rounds(gate, all, requests) // until there is memory for all
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rounds(gate, all, requests)
		runtime.ReadMemStats(&after)
		require.Less(t, after.Mallocs-before.Mallocs, uint64(requests/10), "%d at a time: but for what goroutines take that begin", n)
	}
}
