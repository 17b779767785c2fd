package events_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func TestDayIsReadAndWritten(t *testing.T) {
	for _, text := range []string{"2011-06-01", "2012-02-29", "1969-12-31", "1970-01-01", "0001-01-02", "9999-12-31"} {
		day, err := events.ParseDay(text)
		require.NoError(t, err)
		require.Equal(t, text, day.String())
	}
	for _, text := range []string{"", "2011-6-1", "2011-02-29", "01.06.2011", "2011-06-01T00:00:00Z"} {
		_, err := events.ParseDay(text)
		require.ErrorContains(t, err, "YYYY-MM-DD", text)
	}
}

func TestDayArithmeticCountsCalendarDays(t *testing.T) {
	day := events.NewDay(2011, time.February, 27)
	require.Equal(t, "2011-03-01", day.AddDays(2).String())
	require.Equal(t, "2010-12-31", day.AddDays(-58).String())
	require.Equal(t, 2, day.AddDays(2).Sub(day))
	require.Equal(t, -2, day.Sub(day.AddDays(2)))
	require.True(t, day.Before(day.AddDays(1)))
	require.True(t, day.AddDays(1).After(day))
	require.False(t, day.Before(day))
	require.Equal(t, events.NewDay(2011, time.February, 27), day)
	require.Equal(t, time.Sunday, day.Weekday())
	require.Equal(t, events.NewDay(2011, time.March, 3), events.NewDay(2011, time.February, 31))
}

func TestDayOfAMomentIsTheShopsNotUTCs(t *testing.T) {
	tests := map[string]struct {
		moment, zone, day string
	}{
		"in winter London is UTC":                    {"2011-01-10T23:59:59Z", "Europe/London", "2011-01-10"},
		"in summer London is an hour ahead":          {"2011-06-01T23:30:00Z", "Europe/London", "2011-06-02"},
		"before the clocks go forward":               {"2011-03-27T00:30:00Z", "Europe/London", "2011-03-27"},
		"the last hour before summer time":           {"2011-03-26T23:59:59Z", "Europe/London", "2011-03-26"},
		"on the day they go back, late":              {"2011-10-30T23:59:59Z", "Europe/London", "2011-10-30"},
		"the evening before they go back":            {"2011-10-29T23:30:00Z", "Europe/London", "2011-10-30"},
		"a shop far west is a day behind":            {"2011-06-01T05:00:00Z", "America/Los_Angeles", "2011-05-31"},
		"a shop at UTC+14 is a day ahead":            {"2011-06-01T10:00:00Z", "Pacific/Kiritimati", "2011-06-02"},
		"a zone of three quarters of an hour counts": {"2011-06-01T18:15:00Z", "Asia/Kathmandu", "2011-06-02"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			moment, err := time.Parse(time.RFC3339, test.moment)
			require.NoError(t, err)
			require.Equal(t, test.day, events.DayOf(moment, zone(t, test.zone)).String())
		})
	}
}

func TestDayStartsWhereItsFirstMomentIs(t *testing.T) {
	tests := map[string]struct {
		day, zone, start string
		hours            float64 // until the next day starts
	}{
		"in summer":                         {"2011-06-01", "Europe/London", "2011-05-31T23:00:00Z", 24},
		"when clocks go forward":            {"2011-03-27", "Europe/London", "2011-03-27T00:00:00Z", 23},
		"when clocks go back":               {"2011-10-30", "Europe/London", "2011-10-29T23:00:00Z", 25},
		"where midnight doesn't exist":      {"2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", 23},
		"where midnight comes twice":        {"2018-02-17", "America/Sao_Paulo", "2018-02-17T02:00:00Z", 25},
		"where a summer hour is 30 minutes": {"2011-10-02", "Australia/Lord_Howe", "2011-10-01T13:30:00Z", 23.5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			day, err := events.ParseDay(test.day)
			require.NoError(t, err)
			loc := zone(t, test.zone)
			start := day.Start(loc)
			require.Equal(t, test.start, start.UTC().Format(time.RFC3339))
			require.Equal(t, day, events.DayOf(start, loc))
			require.Equal(t, day.AddDays(-1), events.DayOf(start.Add(-time.Second), loc))
			require.InDelta(t, test.hours, day.AddDays(1).Start(loc).Sub(start).Hours(), 0)
		})
	}
}

func TestDayInJSONIsItsText(t *testing.T) {
	type report struct {
		Day   events.Day
		Count map[events.Day]int
	}
	want := report{Day: june1, Count: map[events.Day]int{june1: 3}}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, `{"Day":"2011-06-01","Count":{"2011-06-01":3}}`, string(text))
	var got report
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, want, got)

	require.ErrorContains(t, json.Unmarshal([]byte(`{"Day":"June"}`), &got), "YYYY-MM-DD")
	require.NoError(t, json.Unmarshal([]byte(`{"Day":""}`), &got))
	require.True(t, got.Day.IsZero())
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}
