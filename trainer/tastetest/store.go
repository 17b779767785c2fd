package tastetest

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

// Store writes the shop's days into a folder of the test's, in any order and each in
// any order, and returns the day after them.
func (s Shop) Store(t testing.TB) (store *events.Store, after events.Day) {
	t.Helper()
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	batches := map[events.Day]*events.Batch{}
	for i, triple := range s.Triples() {
		batch := batches[triple.Day]
		if batch == nil {
			batch = &events.Batch{TimeZone: "UTC"}
			batches[triple.Day] = batch
		}
		batch.Read++
		batch.Events = append(batch.Events, events.Event{
			EventID: strconv.Itoa(i), UserID: triple.User, ItemID: triple.Item, Type: events.Purchase,
			Value: 2, Quantity: 1, Price: 2, Time: triple.Day.Start(time.UTC).Add(time.Duration(batch.Read) * time.Second),
		})
	}
	for day, batch := range batches {
		rand.Shuffle(len(batch.Events), func(i, j int) { batch.Events[i], batch.Events[j] = batch.Events[j], batch.Events[i] })
		_, err := store.WriteDay(context.Background(), day, *batch)
		require.NoError(t, err)
	}
	return store, Start.AddDays(s.Days)
}
