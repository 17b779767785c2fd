package mapping

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/daybreak-ml/daybreak/events"
)

// clock reads a time as an export writes it, and gives it in UTC.
type clock func(text string) (time.Time, bool)

// newClock returns the clock of a layout; times without an offset are read in loc.
func newClock(layout string, loc *time.Location) (clock, error) {
	switch layout {
	case "":
		return nil, fmt.Errorf(`missing: show how Mon Jan 2 15:04:05 2006 is written, for example "2006-01-02 15:04:05"; or write rfc3339, unix or unix_ms`)
	case "unix":
		return unixClock(1e6), nil
	case "unix_ms":
		return unixClock(1e3), nil
	case "rfc3339":
		layout = time.RFC3339
	}
	probe := time.Date(2021, 11, 23, 0, 0, 0, 0, time.UTC)
	if read, err := time.Parse(layout, probe.Format(layout)); err != nil || read.UTC().Format(time.DateOnly) != "2021-11-23" {
		return nil, fmt.Errorf(`%q doesn't tell year, month and day; show how Mon Jan 2 15:04:05 2006 is written, for example "2006-01-02 15:04:05"`, layout)
	}
	return func(text string) (time.Time, bool) {
		moment, err := time.ParseInLocation(layout, text, loc)
		if err != nil || !inRange(moment) {
			return time.Time{}, false
		}
		return stayOnDay(moment, text, layout, loc).UTC(), true
	}, nil
}

// stayOnDay keeps a wall-clock time on the day that is written. Where clocks are put forward at
// midnight, 00:30 doesn't exist that day, and package time may make it 23:30 of the day before.
func stayOnDay(moment time.Time, text, layout string, loc *time.Location) time.Time {
	if moment.Hour() < 22 || moment.Location() != loc {
		return moment
	}
	wall, err := time.Parse(layout, text)
	if err != nil {
		return moment
	}
	if day := events.NewDay(wall.Date()); events.DayOf(moment, loc).Before(day) {
		return day.Start(loc)
	}
	return moment
}

// unixClock reads a count since 1970; perUnit is the number of microseconds in one unit.
func unixClock(perUnit float64) clock {
	return func(text string) (time.Time, bool) {
		if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
			if whole > math.MaxInt64/int64(perUnit) || whole < math.MinInt64/int64(perUnit) {
				return time.Time{}, false
			}
			moment := time.UnixMicro(whole * int64(perUnit)).UTC()
			return moment, inRange(moment)
		}
		number, ok := numberFormat{decimal: "."}.parse(text)
		if !ok || math.Abs(number*perUnit) > 1e18 {
			return time.Time{}, false
		}
		moment := time.UnixMicro(int64(math.Round(number * perUnit))).UTC()
		return moment, inRange(moment)
	}
}

// inRange leaves out years that no shop's row can mean and that not every reader can hold.
func inRange(moment time.Time) bool {
	return moment.Year() >= 1900 && moment.Year() < 2200
}
