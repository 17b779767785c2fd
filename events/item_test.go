package events_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func TestOfTwoAccountsOfAnItemTheNewerSpeaks(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2011, 6, 1, hour, 0, 0, 0, time.UTC) }
	older := events.Item{ItemID: "a", Title: "LAMP", Category: "lighting", Price: 2, InStock: true, FirstSeen: at(8), LastSeen: at(9)}
	tests := map[string]struct{ newer, want events.Item }{
		"it knows all": {
			newer: events.Item{ItemID: "a", Title: "LAMP RED", Category: "sale", Price: 1, FirstSeen: at(10), LastSeen: at(11)},
			want:  events.Item{ItemID: "a", Title: "LAMP RED", Category: "sale", Price: 1, FirstSeen: at(8), LastSeen: at(11)},
		},
		"it knows little, the older fills in": {
			newer: events.Item{ItemID: "a", InStock: true, FirstSeen: at(10), LastSeen: at(11)},
			want:  events.Item{ItemID: "a", Title: "LAMP", Category: "lighting", Price: 2, InStock: true, FirstSeen: at(8), LastSeen: at(11)},
		},
		"at the same moment, the order of the two makes no difference": {
			newer: events.Item{ItemID: "a", Title: "LAMQ", Price: 1, FirstSeen: at(9), LastSeen: at(9)},
			want:  events.Item{ItemID: "a", Title: "LAMQ", Category: "lighting", Price: 1, FirstSeen: at(8), LastSeen: at(9)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, older.Merge(test.newer))
			require.Equal(t, test.want, test.newer.Merge(older))
		})
	}
}

func TestItemSnapshotHoldsAllThatIsKnownAtTheDaysEnd(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	write := func(day events.Day, items ...events.Item) {
		batch := batchOf(purchases(day, 3)...)
		batch.Items = items
		_, err := store.WriteDay(ctx, day, batch)
		require.NoError(t, err)
	}
	at := func(day events.Day) time.Time { return day.Start(time.UTC).Add(9 * time.Hour) }
	item := func(id, title string, first, last events.Day) events.Item {
		return events.Item{ItemID: id, Title: title, Price: 1, InStock: true, FirstSeen: at(first), LastSeen: at(last)}
	}
	june2, june3, june9 := june1.AddDays(1), june1.AddDays(2), june1.AddDays(8)

	write(june1, item("b", "BOWL", june1, june1), item("a", "LAMP", june1, june1))
	write(june3, item("a", "LAMP RED", june3, june3))
	write(june2, item("c", "CUP", june2, june2), item("a", "LAMP OLD", june2, june2)) // late

	for day, want := range map[events.Day][]events.Item{
		june1: {item("a", "LAMP", june1, june1), item("b", "BOWL", june1, june1)},
		june2: {item("a", "LAMP OLD", june1, june2), item("b", "BOWL", june1, june1), item("c", "CUP", june2, june2)},
		june3: {item("a", "LAMP RED", june1, june3), item("b", "BOWL", june1, june1), item("c", "CUP", june2, june2)},
		june9: {item("a", "LAMP RED", june1, june3), item("b", "BOWL", june1, june1), item("c", "CUP", june2, june2)},
	} {
		got, err := store.Items(ctx, day)
		require.NoError(t, err)
		require.Equal(t, want, got, day.String())
	}
	_, err := store.Items(ctx, june1.AddDays(-1))
	require.ErrorIs(t, err, events.ErrNotIngested)
}
