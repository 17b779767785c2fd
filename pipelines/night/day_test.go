package night_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/night"
	"github.com/daybreak-ml/daybreak/pipelines/shoptest"
)

func TestWhoHoldsADayAndWhoLetsItGo(t *testing.T) {
	data := t.TempDir()
	store, err := events.OpenStore(data)
	require.NoError(t, err)
	shop := shoptest.New(t, 32)
	shop.Ingest(store, shop.Days...)
	policy, err := check.Load("")
	require.NoError(t, err)
	day := shop.Days[31]
	verdict := func() check.Report {
		report, err := night.CheckDay(context.Background(), store, data, day, policy)
		require.NoError(t, err)
		return report
	}
	held := func() bool {
		_, held, err := store.Held(day)
		require.NoError(t, err)
		return held
	}
	genuine := shoptest.Copy(t, shop.Export)

	require.Equal(t, check.Pass, verdict().Verdict)
	require.False(t, held())

	shop.Shuffle(day)
	shop.Ingest(store, day)
	require.Equal(t, check.Hold, verdict().Verdict)
	require.True(t, held(), "a day that falls out is held")
	require.Equal(t, check.Hold, verdict().Verdict, "checking again changes nothing")

	require.NoError(t, night.Release(data, day, "ada", "it was a fair"))
	released := verdict()
	require.Equal(t, check.Pass, released.Verdict)
	require.Equal(t, "released by ada: it was a fair", released.Summary())
	require.False(t, held(), "a day that someone released stays released")

	genuine.Ingest(store, day)
	shop.Ingest(store, day)
	require.Equal(t, check.Hold, verdict().Verdict, "other content is another matter")
	require.True(t, held())

	genuine.Ingest(store, day)
	require.Equal(t, check.Pass, verdict().Verdict)
	require.False(t, held(), "ingested anew, and sound, the day is let go")

	require.NoError(t, store.Hold(day, events.Hold{Reasons: []string{"a test order"}, By: "ada"}))
	byHand := verdict()
	require.Equal(t, check.Hold, byHand.Verdict)
	require.Equal(t, []string{"a test order"}, byHand.Reasons)
	require.True(t, held(), "what a person holds, the check does not let go")

	require.ErrorContains(t, night.Release(data, day, "", "x"), "say who releases it")
	require.ErrorIs(t, night.Release(data, day.AddDays(9), "ada", "x"), events.ErrNotIngested)
}
