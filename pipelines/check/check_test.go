package check_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/shoptest"
)

func open(t *testing.T) *events.Store {
	t.Helper()
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	return store
}

func policy(t *testing.T) check.Policy {
	t.Helper()
	p, err := check.Load("")
	require.NoError(t, err)
	return p
}

// rewrite makes a day's events what change makes of them.
func rewrite(t *testing.T, store *events.Store, day events.Day, change func([]events.Event) events.Batch) {
	t.Helper()
	manifest, err := store.Manifest(day)
	require.NoError(t, err)
	rows, err := store.ReadDay(context.Background(), day)
	require.NoError(t, err)
	batch := change(rows)
	batch.Source, batch.TimeZone = manifest.Source, manifest.TimeZone
	batch.Read = len(batch.Events) + len(batch.Quarantined)
	_, err = store.WriteDay(context.Background(), day, batch)
	require.NoError(t, err)
}

func TestADayIsHeldWhenItDoesNotLookLikeThisShop(t *testing.T) {
	shop := shoptest.New(t, 32)
	store := open(t)
	shop.Ingest(store, shop.Days...)
	day := shop.Days[31]

	for _, c := range []struct {
		name    string
		change  func(rows []events.Event) events.Batch
		verdict check.Verdict
		says    []string // what the reasons say, in order
	}{
		{
			"the day as it was passes",
			func(rows []events.Event) events.Batch { return events.Batch{Events: rows} },
			check.Pass, nil,
		},
		{
			"a day whose orders were dealt to the wrong shoppers is held by both charts",
			func(rows []events.Event) events.Batch {
				shop.Shuffle(day)
				shop.Ingest(store, day)
				shuffled, err := store.ReadDay(context.Background(), day)
				require.NoError(t, err)
				return events.Batch{Events: shuffled}
			},
			check.Hold, []string{"popularity's NDCG@20", "other shoppers' pasts"},
		},
		{
			"a day whose shoppers go by other ids is held",
			func(rows []events.Event) events.Batch {
				for i := range rows {
					rows[i].UserID += ".0"
				}
				return events.Batch{Events: rows}
			},
			check.Hold, []string{"100.0 % of the shoppers were never seen before"},
		},
		{
			"a day of which most rows are quarantined is held",
			func(rows []events.Event) events.Batch {
				batch := events.Batch{Events: rows}
				for range 3 * len(rows) {
					batch.Quarantined = append(batch.Quarantined, events.Quarantined{Reason: "no_customer", File: "x.csv"})
				}
				return batch
			},
			check.Hold, []string{"75.0 % of the rows are quarantined"},
		},
		{
			"a day of which hardly anything arrived is held",
			func(rows []events.Event) events.Batch { return events.Batch{Events: rows[:len(rows)/8]} },
			check.Hold, []string{" events; by the last 28 days"},
		},
		{
			"a day that came five times over is held",
			func(rows []events.Event) events.Batch {
				var all []events.Event
				for _, copied := range []string{"a", "b", "c", "d", "e"} {
					for _, row := range rows {
						row.EventID += copied
						all = append(all, row)
					}
				}
				return events.Batch{Events: all}
			},
			check.Hold, []string{" events; by the last 28 days"},
		},
		{
			"a day without prices is held",
			func(rows []events.Event) events.Batch {
				for i := range rows {
					rows[i].Price = 0
				}
				return events.Batch{Events: rows}
			},
			check.Hold, []string{"100.0 % of the purchases have no price"},
		},
		{
			"a day without events is held",
			func([]events.Event) events.Batch { return events.Batch{} },
			check.Hold, []string{"the day has 0 events"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := store.ReadDay(context.Background(), day)
			require.NoError(t, err)
			rewrite(t, store, day, c.change)
			report, err := check.Day(context.Background(), store, day, policy(t))
			require.NoError(t, err)
			rewrite(t, store, day, func([]events.Event) events.Batch { return events.Batch{Events: rows} })

			require.Equal(t, 28, report.ComparedWith)
			require.Equal(t, c.verdict, report.Verdict, report.Reasons)
			require.Len(t, report.Reasons, len(c.says), strings.Join(report.Reasons, "\n"))
			for i, says := range c.says {
				require.Contains(t, report.Reasons[i], says)
			}
		})
	}
}

func TestGenuineDaysPassAndShuffledOnesAreHeld(t *testing.T) {
	shop := shoptest.New(t, 30)
	store := open(t)
	shop.Ingest(store, shop.Days[:22]...)
	for _, day := range shop.Days[22:] {
		shop.Ingest(store, day)
		report, err := check.Day(context.Background(), store, day, policy(t))
		require.NoError(t, err)
		require.Equal(t, check.Pass, report.Verdict, "%s: %s", day, report.Summary())
	}
	for _, day := range shop.Days[22:] {
		shop.Shuffle(day)
		shop.Ingest(store, day)
		report, err := check.Day(context.Background(), store, day, policy(t))
		require.NoError(t, err)
		require.Equal(t, check.Hold, report.Verdict, "%s: %s", day, report.Findings[1].Says)
		require.NoError(t, store.Hold(day, events.Hold{Reasons: report.Reasons, By: "test"}))
	}
}

func TestWithFewerDaysThanThePolicyAsksForThereAreNoLimits(t *testing.T) {
	shop := shoptest.New(t, 10)
	store := open(t)
	shop.Ingest(store, shop.Days...)

	early, err := check.Day(context.Background(), store, shop.Days[6], policy(t))
	require.NoError(t, err)
	require.Equal(t, check.Pass, early.Verdict)
	require.Equal(t, 6, early.ComparedWith)
	require.Empty(t, early.Findings)
	require.Equal(t, "too few days to compare with", early.Summary())

	later, err := check.Day(context.Background(), store, shop.Days[7], policy(t))
	require.NoError(t, err)
	require.Equal(t, 7, later.ComparedWith)
	require.NotEmpty(t, later.Findings)
}

func TestHeldDaysAreNotComparedWith(t *testing.T) {
	shop := shoptest.New(t, 10)
	store := open(t)
	shop.Ingest(store, shop.Days...)
	require.NoError(t, store.Hold(shop.Days[3], events.Hold{Reasons: []string{"shuffled"}, By: "test"}))
	report, err := check.Day(context.Background(), store, shop.Days[9], policy(t))
	require.NoError(t, err)
	require.Equal(t, 8, report.ComparedWith)
}

func TestADayThatIsNotIngestedCantBeChecked(t *testing.T) {
	_, err := check.Day(context.Background(), open(t), events.NewDay(2025, 1, 6), policy(t))
	require.ErrorIs(t, err, events.ErrNotIngested)
	require.ErrorContains(t, err, "check 2025-01-06")
}
