package interactions_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

func TestListedItemsAreAddedInOrderAndChangeNoRow(t *testing.T) {
	log := tastetest.Small.Log()
	listed := log.List([]string{"zzz", "aaa", "item-003", "aaa"})
	require.Len(t, listed.Items, len(log.Items)+2)
	require.IsIncreasing(t, listed.Items)
	require.Equal(t, "aaa", listed.Items[0])
	require.Equal(t, len(log.Items), listed.Had())
	require.Len(t, listed.Rows, len(log.Rows))
	for i, row := range listed.Rows {
		was := log.Rows[i]
		require.Equal(t, log.Items[was.Item], listed.Items[row.Item])
		row.Item = was.Item
		require.Equal(t, was, row)
	}
	require.Same(t, log, log.List([]string{"item-003"}), "nothing is new")
}
