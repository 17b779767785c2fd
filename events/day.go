package events

import (
	"fmt"
	"time"
	_ "time/tzdata" // a shop's zone must be known in containers that carry no zone files
)

const secondsADay = 24 * 60 * 60

// firstDay is 0001-01-01, the zero Day, in Unix days.
var firstDay = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix() / secondsADay

// Day is a calendar day of the shop. It has no time zone of its own: [DayOf] says on which day a
// moment falls in a zone, [Day.Start] when a day begins there. Days are comparable with == and
// sort by [Day.Compare]; the zero Day is 0001-01-01 and counts as unset.
type Day struct {
	number int32 // days since 0001-01-01
}

// NewDay returns the given calendar day; months and days out of range carry over as in [time.Date].
func NewDay(year int, month time.Month, day int) Day {
	return Day{int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/secondsADay - firstDay)}
}

// ParseDay reads a day written as 2011-06-01.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("day %q: write it as YYYY-MM-DD, for example 2011-06-01", s)
	}
	return NewDay(t.Date()), nil
}

// DayOf returns the day on which t falls in the zone loc.
func DayOf(t time.Time, loc *time.Location) Day {
	return NewDay(t.In(loc).Date())
}

// Start returns the first moment of the day in the zone loc. That is midnight, except where clocks
// are put forward at midnight: there it is the first moment that exists.
func (d Day) Start(loc *time.Location) time.Time {
	year, month, day := d.date()
	start := time.Date(year, month, day, 0, 0, 0, 0, loc)
	for DayOf(start, loc).Before(d) { // time.Date may step back over a gap, into the day before
		start = start.Add(15 * time.Minute)
	}
	return start
}

// String returns the day as 2011-06-01.
func (d Day) String() string {
	return d.utc().Format(time.DateOnly)
}

// IsZero says whether d is unset.
func (d Day) IsZero() bool { return d == Day{} }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// AddDays returns the day n days later, or earlier where n is negative.
func (d Day) AddDays(n int) Day { return Day{d.number + int32(n)} }

// Sub returns the number of days from o to d: 1 where d is the day after o.
func (d Day) Sub(o Day) int { return int(d.number) - int(o.number) }

// Before says whether d comes before o.
func (d Day) Before(o Day) bool { return d.number < o.number }

// After says whether d comes after o.
func (d Day) After(o Day) bool { return d.number > o.number }

// Compare returns -1, 0 or 1 as d comes before, is, or comes after o.
func (d Day) Compare(o Day) int {
	switch {
	case d.number < o.number:
		return -1
	case d.number > o.number:
		return 1
	}
	return 0
}

// MarshalText writes the day as 2011-06-01, and the unset day as nothing.
func (d Day) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what [Day.MarshalText] writes.
func (d *Day) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Day{}
		return nil
	}
	parsed, err := ParseDay(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func (d Day) utc() time.Time {
	return time.Unix((int64(d.number)+firstDay)*secondsADay, 0).UTC()
}

func (d Day) date() (int, time.Month, int) { return d.utc().Date() }
