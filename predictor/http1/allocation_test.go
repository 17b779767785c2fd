//go:build !race

package http1

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool forget at random, so that this is measured without it.
func TestARequestThatIsLikeTheOneBeforeAllocatesNothing(t *testing.T) {
	ask := asksOnce(t)
	const requests = 500
	made := testing.AllocsPerRun(1, func() { // it has run once before that, and leaves memory that is used again
		for range requests {
			ask()
		}
	})
	require.Less(t, made, requests/10.0) // a collection may take some of that memory
}
