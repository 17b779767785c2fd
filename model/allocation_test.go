//go:build !race

package model_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// The race detector makes sync.Pool forget at random, so that this is measured without it.
func TestARequestAllocatesForItsAnswerAndNotForTheCatalogue(t *testing.T) {
	for _, items := range []int{100, 5000} {
		m, err := model.New(modeltest.Parameters(t, 1, modeltest.Size{Users: 10, Items: items, Rank: 8}))
		require.NoError(t, err)
		for _, k := range []int{1, 10, 75} {
			t.Run(fmt.Sprintf("%d of %d items", k, items), func(t *testing.T) {
				request := model.Request{User: modeltest.UserID(3), K: k, ExcludeSeen: true, InStock: true}
				// A pool forgets what it has when there is a collection, or another number of processors.
				defer debug.SetGCPercent(debug.SetGCPercent(-1))
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // as AllocsPerRun has it
				recommend(t, m, request)                        // the scratch memory that stays
				const requests, item, whole = 200, 80, 128
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				times := testing.AllocsPerRun(requests-1, func() { _, _ = m.Recommend(request) }) // which succeeds
				runtime.ReadMemStats(&after)
				require.LessOrEqual(t, times, 2.0, "the items, and the text of their ids")
				require.LessOrEqual(t, (after.TotalAlloc-before.TotalAlloc)/requests, uint64(whole+item*k), "bytes")
			})
		}
	}
}
