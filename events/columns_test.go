package events_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func TestColumnsSayWhatReadDaySays(t *testing.T) {
	ctx := context.Background()
	tests := map[string]int{
		"an empty day":                  0,
		"one event":                     1,
		"more events than a page holds": 50_000,
	}
	for name, rows := range tests {
		t.Run(name, func(t *testing.T) {
			store := openStore(t)
			_, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, rows)...))
			require.NoError(t, err)
			want, err := store.ReadDay(ctx, june1)
			require.NoError(t, err)

			var columns events.Columns
			require.NoError(t, store.ReadDayColumns(ctx, june1, &columns))
			require.Equal(t, rows, columns.Rows())
			for i, event := range want {
				got := events.Event{
					UserID:   columns.Users.Values[columns.Users.Codes[i]],
					ItemID:   columns.Items.Values[columns.Items.Codes[i]],
					Type:     events.Type(columns.Types.Values[columns.Types.Codes[i]]),
					Value:    columns.Value[i],
					Quantity: columns.Quantity[i],
					Price:    columns.Price[i],
					Time:     time.UnixMicro(columns.Time[i]).UTC(),
				}
				event.EventID, event.SessionID, event.Source = "", "", ""
				if event != got {
					require.Equal(t, event, got, "row %d", i)
				}
			}
		})
	}
}

func TestColumnsReadAgainForgetTheDayBefore(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	_, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, 500)...))
	require.NoError(t, err)
	_, err = store.WriteDay(ctx, june1.AddDays(1), batchOf(purchases(june1.AddDays(1), 3)...))
	require.NoError(t, err)

	var again, fresh events.Columns
	require.NoError(t, store.ReadDayColumns(ctx, june1, &again))
	require.NoError(t, store.ReadDayColumns(ctx, june1.AddDays(1), &again))
	require.NoError(t, store.ReadDayColumns(ctx, june1.AddDays(1), &fresh))
	require.Equal(t, 3, again.Rows())
	require.Equal(t, fresh.Users.Values, again.Users.Values)
	require.Equal(t, fresh.Items.Codes, again.Items.Codes)
	require.Equal(t, fresh.Time, again.Time)
}

func TestColumnsOfADayThatIsNotThereSayWhichDaysThereAre(t *testing.T) {
	var columns events.Columns
	err := openStore(t).ReadDayColumns(context.Background(), june1, &columns)
	require.ErrorIs(t, err, events.ErrNotIngested)
}

func BenchmarkReadDay(b *testing.B) {
	store := openStore(b)
	_, err := store.WriteDay(context.Background(), june1, batchOf(purchases(june1, 20_000)...))
	require.NoError(b, err)
	b.Run("as events", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := store.ReadDay(context.Background(), june1)
			require.NoError(b, err)
		}
	})
	b.Run("as columns", func(b *testing.B) {
		b.ReportAllocs()
		var columns events.Columns
		for b.Loop() {
			require.NoError(b, store.ReadDayColumns(context.Background(), june1, &columns))
		}
	})
}

func TestColumnsThatAreToKeepTheirCodesDoSoFromDayToDay(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	days := []events.Day{june1, june1.AddDays(1)}
	for i, day := range days {
		_, err := store.WriteDay(ctx, day, batchOf(purchases(day, 500-100*i)...))
		require.NoError(t, err)
	}
	kept := events.Columns{Keep: true}
	codes := map[string]int32{} // of shoppers, on whichever day
	for _, day := range days {
		require.NoError(t, store.ReadDayColumns(ctx, day, &kept))
		var fresh events.Columns
		require.NoError(t, store.ReadDayColumns(ctx, day, &fresh))
		require.Equal(t, fresh.Rows(), kept.Rows())
		for i, code := range kept.Users.Codes {
			id := fresh.Users.Values[fresh.Users.Codes[i]]
			require.Equal(t, id, kept.Users.Values[code])
			if before, ok := codes[id]; ok {
				require.Equal(t, before, code)
			}
			codes[id] = code
		}
	}
	require.Len(t, kept.Users.Values, len(codes))
}

func TestOnlyTheColumnsAskedForAreRead(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	_, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, 30)...))
	require.NoError(t, err)
	columns := events.Columns{Only: []string{"user_id", "value"}}
	require.NoError(t, store.ReadDayColumns(ctx, june1, &columns))
	require.Equal(t, 30, columns.Rows())
	require.Len(t, columns.Users.Codes, 30)
	require.Len(t, columns.Value, 30)
	require.Empty(t, columns.Items.Codes)
	require.Empty(t, columns.Time)
	columns.Only = []string{"user"}
	require.ErrorContains(t, store.ReadDayColumns(ctx, june1, &columns), `no column "user"`)
}
