package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Columns holds a day column by column: what a trainer needs of its events. Row i of the day is
// place i of every column; rows ascend by time. Columns that are read into again keep their memory.
type Columns struct {
	// Only names the columns of the file to read; where it is empty, all are. Those that aren't read
	// are empty.
	Only []string
	// Keep has codes hold from one day to the next: Values are those of all days read.
	Keep bool

	Users, Items, Types Coded
	Value               []float64
	Quantity            []float64
	Price               []float64
	Time                []int64 // microseconds since 1970, UTC

	rows int
}

// Rows is the number of events.
func (c *Columns) Rows() int { return c.rows }

// Coded is a column of texts of which many are the same. The text of row i is Values[Codes[i]];
// each text is in Values once. Codes hold within one day only, unless the columns are to keep them.
type Coded struct {
	Values []string
	Codes  []int32 // one a row

	known      places
	dictionary []int32 // what the entries of a Parquet dictionary, decoded last, are in Values
	decoded    parquet.Dictionary
}

// ReadDayColumns reads a day into columns, in place of what they held. It is [Store.ReadDay] for who
// reads a year each night: it makes a string for each shopper and item of the day, not for each
// row. To number them over many days, look up each of Values once and go by Codes:
//
//	for _, day := range days {
//		if err := store.ReadDayColumns(ctx, day, &columns); err != nil {
//			return err
//		}
//		users := numbers(columns.Users.Values) // the trainer's own number of each
//		for row, code := range columns.Users.Codes {
//			learn(users[code], columns.Value[row])
//		}
//	}
//
// Errors are those of ReadDay; after one, what the columns hold is of no use.
func (s *Store) ReadDayColumns(ctx context.Context, day Day, columns *Columns) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	byName := columns.byName()
	for _, name := range columns.Only {
		if _, ok := byName[name]; !ok {
			return fmt.Errorf("events have no column %q to read; there are %s", name, strings.Join(slices.Sorted(maps.Keys(byName)), ", "))
		}
	}
	var p Partition
	dir := s.dir(eventsFolder, day)
	data, err := readPartition(dir, &p)
	if err != nil {
		return s.readError(day, eventsFolder, err)
	}
	columns.reset()
	if err := columns.read(data); err != nil {
		return &CorruptError{Path: filepath.Join(dir, p.File), Reason: err.Error()}
	}
	for name, column := range byName {
		if rows := column.rows(); rows != p.Rows && columns.wants(name) {
			return &CorruptError{Path: filepath.Join(dir, p.File), Reason: fmt.Sprintf("column %s has %d rows; the manifest says %d", name, rows, p.Rows)}
		}
	}
	columns.rows = p.Rows
	return nil
}

// A column can be appended to.
type column struct {
	add  func(parquet.Page)
	rows func() int
}

// byName returns the columns by their names in a file.
func (c *Columns) byName() map[string]column {
	coded := func(c *Coded) column { return column{c.append, func() int { return len(c.Codes) }} }
	doubles := func(c *[]float64) column {
		return column{func(page parquet.Page) { *c = appendDoubles(*c, page) }, func() int { return len(*c) }}
	}
	return map[string]column{
		"user_id": coded(&c.Users), "item_id": coded(&c.Items), "type": coded(&c.Types),
		"value": doubles(&c.Value), "quantity": doubles(&c.Quantity), "price": doubles(&c.Price),
		"time": {func(page parquet.Page) {
			values := page.Data()
			c.Time = append(c.Time, values.Int64()...)
		}, func() int { return len(c.Time) }},
	}
}

func (c *Columns) wants(name string) bool { return len(c.Only) == 0 || slices.Contains(c.Only, name) }

func (c *Columns) reset() {
	for _, coded := range []*Coded{&c.Users, &c.Items, &c.Types} {
		coded.Codes, coded.decoded = coded.Codes[:0], nil
		if !c.Keep {
			coded.Values = coded.Values[:0]
			coded.known.clear()
		}
	}
	c.Value, c.Quantity, c.Price, c.Time = c.Value[:0], c.Quantity[:0], c.Price[:0], c.Time[:0]
}

// read appends the rows of a Parquet file.
func (c *Columns) read(data []byte) error {
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	columns := c.byName()
	for _, group := range file.RowGroups() {
		for name, column := range columns {
			if !c.wants(name) {
				continue
			}
			leaf, ok := file.Schema().Lookup(name)
			if !ok {
				return fmt.Errorf("it has no column %s", name)
			}
			if err := eachPage(group.ColumnChunks()[leaf.ColumnIndex], column.add); err != nil {
				return fmt.Errorf("column %s: %w", name, err)
			}
		}
	}
	return nil
}

func eachPage(chunk parquet.ColumnChunk, use func(parquet.Page)) (err error) {
	pages := chunk.Pages()
	defer func() {
		if closeErr := pages.Close(); err == nil {
			err = closeErr
		}
	}()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		use(page)
		parquet.Release(page)
	}
}

func appendDoubles(column []float64, page parquet.Page) []float64 {
	values := page.Data()
	return append(column, values.Double()...)
}

// append adds a page's texts, by way of its dictionary where it has one.
func (c *Coded) append(page parquet.Page) {
	values := page.Data()
	dictionary := page.Dictionary()
	if dictionary == nil {
		text, offsets := values.ByteArray()
		c.Codes = c.appendCodes(c.Codes, text, offsets)
		return
	}
	if dictionary != c.decoded { // the pages of a column chunk share one
		entries := dictionary.Page().Data()
		text, offsets := entries.ByteArray()
		c.decoded, c.dictionary = dictionary, c.appendCodes(c.dictionary[:0], text, offsets)
	}
	entries := values.Int32()
	begin := len(c.Codes)
	c.Codes = slices.Grow(c.Codes, len(entries))[:begin+len(entries)]
	for i, entry := range entries {
		c.Codes[begin+i] = c.dictionary[entry]
	}
}

// appendCodes appends the codes of texts that lie one after another, each up to the offset of the next.
func (c *Coded) appendCodes(codes []int32, text []byte, offsets []uint32) []int32 {
	codes = slices.Grow(codes, max(0, len(offsets)-1))
	for i := 1; i < len(offsets); i++ {
		codes = append(codes, c.code(text[offsets[i-1]:offsets[i]]))
	}
	return codes
}

// code returns the place of a text in Values, where it is put if it isn't there.
func (c *Coded) code(text []byte) int32 {
	place, found := c.known.find(text, c.Values)
	if !found {
		c.Values = append(c.Values, string(text))
	}
	return place
}
