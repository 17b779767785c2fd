package events_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func TestSmoke(t *testing.T) {
	s, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	d := events.NewDay(2011, 6, 1)
	e := events.Event{EventID: "a", UserID: "u", ItemID: "i", Type: events.Purchase, Time: time.Date(2011, 6, 1, 8, 0, 0, 1000, time.UTC)}
	m, err := s.WriteDay(context.Background(), d, events.Batch{Source: "x", TimeZone: "Europe/London", Read: 1, Events: []events.Event{e}})
	require.NoError(t, err)
	t.Log(m)
	got, err := s.ReadDay(context.Background(), d)
	require.NoError(t, err)
	require.Equal(t, []events.Event{e}, got)
}
