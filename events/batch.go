package events

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Batch is one day of a source, ready to be written: the events it gives, and the account of every
// row that was read.
type Batch struct {
	Source   string // who says so: a mapping's name
	Input    string // the file or files it was read from, by name
	TimeZone string // the shop's, as in the IANA database: Europe/London

	// Read is the number of rows of the day that the source holds:
	// len(Events) + the sum of Duplicates + len(Quarantined).
	Read int
	// Events are what is kept, in any order; those of one moment keep theirs.
	Events []Event
	// Duplicates counts rows left out because the same event is already among Events, by type.
	Duplicates  map[Type]int
	Quarantined []Quarantined
	// Items is what the day's rows say about items, in any order.
	Items []Item
}

// Quarantined is a row that can't be used, and why.
type Quarantined struct {
	// Reason is one of a small set of names: a mapping's own, or one that package mapping defines.
	Reason string `parquet:"reason,dict" json:"reason"`
	// Detail says in words what was wrong with this row.
	Detail string `parquet:"detail,dict" json:"detail,omitempty"`
	File   string `parquet:"file,dict" json:"file"`
	Line   int64  `parquet:"line" json:"line"` // from 1, the header being line 1
	// Record is the row as it was read, as a line of CSV. Where user ids are hashed it holds the
	// hash, or nothing if it can't be told which field is the user's.
	Record string `parquet:"record" json:"record,omitempty"`
}

// check says what is wrong with the batch as the account of day.
func (b Batch) check(day Day) error {
	loc, err := time.LoadLocation(b.TimeZone)
	switch {
	case err != nil:
		return fmt.Errorf("batch of %s: time zone %q: %w", day, b.TimeZone, err)
	case b.TimeZone == "" || b.TimeZone == "Local":
		return fmt.Errorf("batch of %s: time zone %q: name the shop's, for example Europe/London", day, b.TimeZone)
	}
	duplicates := 0
	for _, rows := range b.Duplicates {
		duplicates += rows
	}
	if b.Read != len(b.Events)+duplicates+len(b.Quarantined) {
		return &CountError{Day: day, Read: b.Read, Kept: len(b.Events), Duplicates: duplicates, Quarantine: len(b.Quarantined)}
	}
	for i, q := range b.Quarantined {
		if q.Reason == "" {
			return fmt.Errorf("batch of %s: quarantined row %d (%s line %d) has no reason", day, i, q.File, q.Line)
		}
	}
	seen := make(map[string]struct{}, len(b.Events))
	for i, e := range b.Events {
		if err := e.check(day, loc); err != nil {
			return fmt.Errorf("batch of %s: event %d: %w", day, i, err)
		}
		if _, twice := seen[e.EventID]; twice {
			return fmt.Errorf("batch of %s: event %d: event_id %q comes twice; count the second as a duplicate", day, i, e.EventID)
		}
		seen[e.EventID] = struct{}{}
	}
	return nil
}

func (e Event) check(day Day, loc *time.Location) error {
	switch {
	case e.EventID == "":
		return fmt.Errorf("event_id is empty")
	case e.UserID == "":
		return fmt.Errorf("user_id is empty")
	case e.ItemID == "":
		return fmt.Errorf("item_id is empty")
	case !e.Type.Valid():
		return fmt.Errorf("type %q is none of %v", e.Type, Types())
	case DayOf(e.Time, loc) != day:
		return fmt.Errorf("time %s falls on %s in %s", e.Time.Format(time.RFC3339), DayOf(e.Time, loc), loc)
	}
	for _, number := range []struct {
		field string
		value float64
	}{{"value", e.Value}, {"quantity", e.Quantity}, {"price", e.Price}} {
		if math.IsNaN(number.value) || math.IsInf(number.value, 0) || number.value < 0 {
			return fmt.Errorf("%s is %v; it must be a finite number, 0 or more", number.field, number.value)
		}
	}
	return nil
}

// sorted returns the batch's events by time, in UTC and to the microsecond, as they are stored.
func (b Batch) sorted() []Event {
	sorted := slices.Clone(b.Events)
	for i := range sorted {
		sorted[i].Time = sorted[i].Time.UTC().Truncate(time.Microsecond)
	}
	slices.SortStableFunc(sorted, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return sorted
}

// manifest is the account of the batch, but for the Partition it will lie in.
func (b Batch) manifest(day Day, sorted []Event) *Manifest {
	m := &Manifest{
		Partition:       Partition{Day: day, Rows: len(sorted)},
		Source:          b.Source,
		Input:           b.Input,
		TimeZone:        b.TimeZone,
		Read:            b.Read,
		Kept:            len(sorted),
		Quarantined:     map[string]int{},
		Events:          map[Type]int{},
		DuplicateEvents: map[Type]int{},
	}
	for eventType, rows := range b.Duplicates {
		m.Duplicates += rows
		m.DuplicateEvents[eventType] = rows
	}
	for _, q := range b.Quarantined {
		m.Quarantined[q.Reason]++
	}
	users, items := map[string]struct{}{}, map[string]struct{}{}
	for _, e := range sorted {
		m.Events[e.Type]++
		users[e.UserID] = struct{}{}
		items[e.ItemID] = struct{}{}
	}
	m.Users, m.Items = len(users), len(items)
	if len(sorted) > 0 {
		m.MinTime, m.MaxTime = &sorted[0].Time, &sorted[len(sorted)-1].Time
	}
	return m
}
