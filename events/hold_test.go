package events_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func TestAHeldDayIsLeftOutUntilItIsReleased(t *testing.T) {
	store := openStore(t)
	june2, june3 := june1.AddDays(1), june1.AddDays(2)
	for _, day := range []events.Day{june1, june2, june3} {
		_, err := store.WriteDay(context.Background(), day, batchOf(purchases(day, 2)...))
		require.NoError(t, err)
	}
	require.NoError(t, store.Hold(june2, events.Hold{Reasons: []string{"shoppers shuffled"}, By: "check"}))
	require.Equal(t, []events.Day{june1}, daysBefore(t, store, june3))
	require.Equal(t, []events.Day{june1, june3}, daysBefore(t, store, june3.AddDays(1)))
	days, err := store.Days()
	require.NoError(t, err)
	require.Equal(t, []events.Day{june1, june2, june3}, days, "it stays among the ingested ones")

	require.NoError(t, store.Release(june2, "ann", "a promotion, all is well"))
	require.Equal(t, []events.Day{june1, june2, june3}, daysBefore(t, store, june3.AddDays(1)))
	hold, held, err := store.Held(june2)
	require.NoError(t, err)
	require.False(t, held)
	require.Equal(t, []string{"shoppers shuffled"}, hold.Reasons, "the record stays")
	require.Equal(t, "ann", hold.Released.By)
	require.Equal(t, "a promotion, all is well", hold.Released.Why)
	require.False(t, hold.Released.At.IsZero())
}

func TestHoldsAreRecordedOneAfterTheOther(t *testing.T) {
	store := openStore(t)
	_, err := store.WriteDay(context.Background(), june1, batchOf(purchases(june1, 2)...))
	require.NoError(t, err)
	hold, held, err := store.Held(june1)
	require.NoError(t, err)
	require.Nil(t, hold)
	require.False(t, held)

	at := time.Date(2011, 6, 2, 3, 0, 0, 0, time.UTC)
	first := events.Hold{Reasons: []string{"half the events"}, By: "check", At: at}
	require.NoError(t, store.Hold(june1, first))
	again := first
	again.At = at.Add(time.Hour)
	require.NoError(t, store.Hold(june1, again))
	first.Generation = 1
	requireHolds(t, store, "for the same reasons again, nothing changes", first)

	other := events.Hold{Reasons: []string{"half the events", "no user known"}, By: "check", At: at, Generation: 1}
	require.NoError(t, store.Hold(june1, other))
	requireHolds(t, store, "other reasons replace them", other)

	require.NoError(t, store.Release(june1, "ann", "export was late"))
	_, err = store.WriteDay(context.Background(), june1, batchOf(purchases(june1, 3)...))
	require.NoError(t, err)
	require.NoError(t, store.Hold(june1, first))
	holds, err := store.Holds(june1)
	require.NoError(t, err)
	require.Len(t, holds, 2)
	require.NotNil(t, holds[0].Released)
	require.Equal(t, 2, holds[1].Generation)
	_, held, err = store.Held(june1)
	require.NoError(t, err)
	require.True(t, held)
}

func TestAHoldOutlivesWritingTheDayAgain(t *testing.T) {
	store := openStore(t)
	for n := 1; n <= 2; n++ {
		_, err := store.WriteDay(context.Background(), june1, batchOf(purchases(june1, n)...))
		require.NoError(t, err)
		require.NoError(t, store.Hold(june1, events.Hold{Reasons: []string{"x"}, By: "check"}))
		_, held, err := store.Held(june1)
		require.NoError(t, err)
		require.True(t, held)
	}
}

func TestAHoldThatMakesNoSenseIsRefused(t *testing.T) {
	store := openStore(t)
	require.ErrorIs(t, store.Hold(june1, events.Hold{Reasons: []string{"x"}}), events.ErrNotIngested)
	require.ErrorIs(t, store.Release(june1, "ann", "why"), events.ErrNotIngested)
	_, err := store.WriteDay(context.Background(), june1, batchOf(purchases(june1, 2)...))
	require.NoError(t, err)
	require.ErrorContains(t, store.Hold(june1, events.Hold{}), "give at least one reason")
	require.ErrorIs(t, store.Release(june1, "ann", "why"), events.ErrNotHeld)
	require.ErrorContains(t, store.Release(june1, "", "why"), "say who releases it and why")

	path := filepath.Join(store.Root, "events", "dt=2011-06-01", "_hold.json")
	require.NoError(t, os.WriteFile(path, []byte("held!"), 0o644))
	_, _, err = store.Held(june1)
	require.ErrorContains(t, err, "_hold.json is no hold record")
	_, err = store.DaysBefore(june1.AddDays(1))
	require.Error(t, err, "a hold that can't be read must not be overlooked")
}

func requireHolds(t *testing.T, store *events.Store, why string, want ...events.Hold) {
	t.Helper()
	got, err := store.Holds(june1)
	require.NoError(t, err)
	require.Equal(t, want, got, why)
}

func daysBefore(t *testing.T, store *events.Store, asOf events.Day) []events.Day {
	t.Helper()
	days, err := store.DaysBefore(asOf)
	require.NoError(t, err)
	return days
}
