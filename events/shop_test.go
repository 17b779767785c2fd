package events_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

var june1 = events.NewDay(2011, time.June, 1)

func openStore(t testing.TB) *events.Store {
	t.Helper()
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	return store
}

// purchases returns n purchases of a London shop's day, two or so a minute.
func purchases(day events.Day, n int) []events.Event {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // the zones are part of the program
	}
	start := day.Start(london)
	bought := make([]events.Event, n)
	for i := range bought {
		bought[i] = events.Event{
			EventID:   fmt.Sprintf("%s-%06d", day, i),
			UserID:    fmt.Sprint("shopper-", i*i%97),
			ItemID:    fmt.Sprint("item-", i*7%1009),
			Type:      events.Purchase,
			Quantity:  float64(1 + i%5),
			Price:     float64(i%40) / 4,
			Value:     float64(1+i%5) * float64(i%40) / 4,
			Time:      start.Add(time.Duration(i%1400) * time.Minute).UTC(),
			SessionID: fmt.Sprint("order-", i/10),
			Source:    "test",
		}
		if i%50 == 49 {
			bought[i].Type = events.Return
		}
	}
	return bought
}

func batchOf(kept ...events.Event) events.Batch {
	return events.Batch{Source: "test", TimeZone: "Europe/London", Read: len(kept), Events: kept}
}
