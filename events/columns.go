package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

// Columns holds a day column by column: what a trainer needs of its events. Row i of the day is
// place i of every column; rows ascend by time. Columns that are read into again keep their memory.
type Columns struct {
	Users, Items, Types Coded
	Value               []float64
	Quantity            []float64
	Price               []float64
	Time                []int64 // microseconds since 1970, UTC
}

// Rows is the number of events.
func (c *Columns) Rows() int { return len(c.Time) }

// Coded is a column of texts of which many are the same. The text of row i is Values[Codes[i]];
// each text is in Values once. Codes hold within one day only.
type Coded struct {
	Values []string
	Codes  []int32 // one a row

	codes      map[string]int32
	dictionary []int32 // what a Parquet dictionary's entries are in Values
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
	for _, rows := range []int{
		len(columns.Users.Codes), len(columns.Items.Codes), len(columns.Types.Codes),
		len(columns.Value), len(columns.Quantity), len(columns.Price), len(columns.Time),
	} {
		if rows != p.Rows {
			return &CorruptError{Path: filepath.Join(dir, p.File), Reason: fmt.Sprintf("a column has %d rows; the manifest says %d", rows, p.Rows)}
		}
	}
	return nil
}

func (c *Columns) reset() {
	for _, coded := range []*Coded{&c.Users, &c.Items, &c.Types} {
		coded.Values, coded.Codes = coded.Values[:0], coded.Codes[:0]
		if coded.codes == nil {
			coded.codes = map[string]int32{}
		}
		clear(coded.codes)
	}
	c.Value, c.Quantity, c.Price, c.Time = c.Value[:0], c.Quantity[:0], c.Price[:0], c.Time[:0]
}

// read appends the rows of a Parquet file.
func (c *Columns) read(data []byte) error {
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	appenders := map[string]func(parquet.Page){
		"user_id":  c.Users.append,
		"item_id":  c.Items.append,
		"type":     c.Types.append,
		"value":    func(page parquet.Page) { c.Value = appendDoubles(c.Value, page) },
		"quantity": func(page parquet.Page) { c.Quantity = appendDoubles(c.Quantity, page) },
		"price":    func(page parquet.Page) { c.Price = appendDoubles(c.Price, page) },
		"time": func(page parquet.Page) {
			values := page.Data()
			c.Time = append(c.Time, values.Int64()...)
		},
	}
	for _, group := range file.RowGroups() {
		for name, appendPage := range appenders {
			leaf, ok := file.Schema().Lookup(name)
			if !ok {
				return fmt.Errorf("it has no column %s", name)
			}
			if err := eachPage(group.ColumnChunks()[leaf.ColumnIndex], appendPage); err != nil {
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
		for i := 1; i < len(offsets); i++ {
			c.Codes = append(c.Codes, c.code(text[offsets[i-1]:offsets[i]]))
		}
		return
	}
	c.dictionary = c.dictionary[:0]
	for entry := range dictionary.Len() {
		c.dictionary = append(c.dictionary, c.code(dictionary.Index(int32(entry)).ByteArray()))
	}
	for _, entry := range values.Int32() {
		c.Codes = append(c.Codes, c.dictionary[entry])
	}
}

// code returns the place of a text in Values, where it is put if it isn't there.
func (c *Coded) code(text []byte) int32 {
	if code, ok := c.codes[string(text)]; ok { // the compiler makes no string here
		return code
	}
	code := int32(len(c.Values))
	value := string(text)
	c.Values = append(c.Values, value)
	c.codes[value] = code
	return code
}
