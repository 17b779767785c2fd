//go:build !race

package model_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// The race detector makes sync.Pool forget at random, so that this is measured without it.
func TestARequestAllocatesForItsAnswerAndNotForTheCatalogue(t *testing.T) {
	allocated := func(items int) float64 {
		m, err := model.New(modeltest.Parameters(t, 1, modeltest.Size{Users: 10, Items: items, Rank: 8}))
		require.NoError(t, err)
		request := model.Request{User: modeltest.UserID(3), K: 10, ExcludeSeen: true, InStock: true}
		recommend(t, m, request) // the scratch memory that stays
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const requests = 200
		for range requests {
			recommend(t, m, request)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc-before.TotalAlloc) / requests
	}
	few, many := allocated(100), allocated(5000)
	require.InDelta(t, few, many, 2048, "50 times the items")
	require.Less(t, many, 4096.0)
}
