package ingest

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
)

// Options are what may differ from shop to shop and isn't the mapping's matter.
type Options struct {
	// HashUsers, unless empty, is the salt by which shoppers' ids are hashed, so that nothing
	// stored or learned holds a readable one. Keep it secret, and the same for good: with another
	// salt every shopper is a stranger. At least [MinSaltBytes] long.
	HashUsers string
}

// Day ingests one day of src into the store, in place of what the store has of it, and returns the
// account. The error is an [events.ErrNoEvents] where the source has no rows of that day, and a
// [*mapping.MissingColumnError] where the mapping doesn't fit the source.
func Day(ctx context.Context, store *events.Store, src source.Source, m *mapping.Mapping, day events.Day, options Options) (events.Manifest, error) {
	ids, err := newIdentifier(m.Name, options.HashUsers)
	if err != nil {
		return events.Manifest{}, err
	}
	rows, err := src.Rows(ctx, day)
	if err != nil {
		return events.Manifest{}, err
	}
	defer func() { _ = rows.Close() }() // it was only read
	cleaner, err := m.Bind(rows.Header(), rows.Input())
	if err != nil {
		return events.Manifest{}, err
	}
	c := &collector{
		mapping: m,
		cleaner: cleaner,
		ids:     ids,
		day:     day,
		seen:    map[string]int{},
		items:   map[string]events.Item{},
		batch: events.Batch{
			Source: m.Name, Input: rows.Input(), TimeZone: m.TimeZone, Duplicates: map[events.Type]int{},
		},
	}
	if err := c.collect(ctx, rows); err != nil {
		return events.Manifest{}, fmt.Errorf("ingest %s: %w", day, err)
	}
	if c.batch.Read == 0 {
		days, err := src.Days(ctx)
		if err != nil {
			return events.Manifest{}, err
		}
		others := slices.DeleteFunc(slices.Clone(days), func(d events.Day) bool { return d == day })
		return events.Manifest{}, &events.NoEventsError{Day: day, Source: src.Name(), Nearest: events.NearestDays(others, day)}
	}
	return store.WriteDay(ctx, day, c.batch)
}

// collector makes a batch of rows.
type collector struct {
	mapping *mapping.Mapping
	cleaner *mapping.Cleaner
	ids     *identifier
	day     events.Day
	seen    map[string]int // how often an event came, by id
	items   map[string]events.Item
	batch   events.Batch
}

func (c *collector) collect(ctx context.Context, rows source.Rows) error {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c.batch.Read++
		c.add(row)
	}
	for _, item := range c.items {
		c.batch.Items = append(c.batch.Items, item)
	}
	return nil
}

func (c *collector) add(row source.Row) {
	if row.Malformed != "" {
		c.quarantine(row, mapping.Rejection{Reason: mapping.ReasonMalformed, Detail: row.Malformed})
		return
	}
	event, item, rejection := c.cleaner.Clean(row.Fields)
	if rejection != nil {
		c.quarantine(row, *rejection)
		return
	}
	if day := events.DayOf(event.Time, c.mapping.Location()); day != c.day {
		c.quarantine(row, mapping.Rejection{Reason: mapping.ReasonOtherDay, Detail: "its time is on " + day.String()})
		return
	}
	if event.EventID == "" {
		event.EventID = c.ids.event(row.Fields, 0)
	}
	times := c.seen[event.EventID]
	c.seen[event.EventID]++
	if times > 0 {
		if c.mapping.Duplicates == "drop" {
			c.batch.Duplicates[event.Type]++
			return
		}
		event.EventID = c.ids.event(row.Fields, times)
	}
	event.UserID = c.ids.user(event.UserID)
	c.batch.Events = append(c.batch.Events, event)
	if other, ok := c.items[item.ItemID]; ok {
		item = item.Merge(other)
	}
	c.items[item.ItemID] = item
}

func (c *collector) quarantine(row source.Row, why mapping.Rejection) {
	c.batch.Quarantined = append(c.batch.Quarantined, events.Quarantined{
		Reason: why.Reason,
		Detail: strings.ToValidUTF8(why.Detail, "\uFFFD"),
		File:   row.File,
		Line:   int64(row.Line),
		Record: c.record(row),
	})
}

// record returns the row as a line of CSV that names no shopper where ids are hashed.
func (c *collector) record(row source.Row) string {
	fields := row.Fields
	if c.ids.hashes() {
		if row.Malformed != "" {
			return "" // any field may be the user's
		}
		fields = slices.Clone(fields)
		fields[c.cleaner.UserColumn()] = c.ids.user(c.cleaner.User(row.Fields))
	}
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	w.Comma = c.mapping.Comma()
	if err := w.Write(fields); err != nil {
		return "" // a buffer takes whatever is written, and the mapping's delimiter is sound
	}
	w.Flush()
	return strings.ToValidUTF8(strings.TrimSuffix(line.String(), "\n"), "\uFFFD")
}
