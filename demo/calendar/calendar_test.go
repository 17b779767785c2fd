package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/demo/calendar"
	"github.com/daybreak-ml/daybreak/events"
)

// open gives the days from the first of January 2025 on which a shop is open.
func open(days int, is func(events.Day) bool) []events.Day {
	var all []events.Day
	for day := events.NewDay(2025, time.January, 1); len(all) < days; day = day.AddDays(1) {
		if is(day) {
			all = append(all, day)
		}
	}
	return all
}

func daily(events.Day) bool          { return true }
func notSaturdays(d events.Day) bool { return d.Weekday() != time.Saturday }
func everySecond(d events.Day) bool  { return d.Sub(events.NewDay(2025, time.January, 1))%2 == 0 }
func except(gap events.Day) func(events.Day) bool {
	return func(d events.Day) bool { return d != gap }
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name               string
		days               []events.Day
		nights             int
		first, last, after string
	}{
		{"a shop that never closes has its nights at the end, but for the last day",
			open(60, daily), 5, "2025-02-23", "2025-02-27", "2025-02-28"},
		{"a shop that closes on Saturdays has its nights within one week",
			open(60, notSaturdays), 5, "2025-03-02", "2025-03-06", "2025-03-07"},
		{"seven nights don't fit between two Saturdays, so they run over one",
			open(60, notSaturdays), 7, "2025-03-02", "2025-03-09", "2025-03-10"},
		{"a shop that opens every second day has its nights at the end all the same",
			open(60, everySecond), 3, "2025-04-21", "2025-04-25", "2025-04-27"},
		{"a gap near the end moves the nights before it",
			open(60, except(events.NewDay(2025, time.February, 26))), 5, "2025-02-20", "2025-02-24", "2025-02-25"},
		{"as few days as there may be",
			open(calendar.LeastHistory+3, daily), 1, "2025-01-29", "2025-01-29", "2025-01-30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := calendar.Choose(c.days, c.nights)
			require.NoError(t, err)
			require.Len(t, plan.Nights, c.nights)
			require.Equal(t, c.first, plan.Nights[0].String())
			require.Equal(t, c.last, plan.Nights[c.nights-1].String())
			require.Equal(t, c.after, plan.After.String())
			require.GreaterOrEqual(t, len(plan.History), calendar.LeastHistory)
			require.Equal(t, c.days[:len(plan.History)], plan.History)
			require.Equal(t, c.days[len(plan.History)], plan.Nights[0], "no day lies between history and the first night")
		})
	}
}

func TestChooseSaysHowManyDaysItNeeds(t *testing.T) {
	_, err := calendar.Choose(open(34, daily), 5)
	require.EqualError(t, err, "the data has 34 days; for 5 nights there must be 35 (28 of history, the nights, and 2 after them): ask for fewer nights or use more data")

	_, err = calendar.Choose(open(60, daily), 0)
	require.EqualError(t, err, "0 nights; there must be 1 or more")
}
