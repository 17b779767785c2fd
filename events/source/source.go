// Package source says what a source of raw rows is: something that knows which of the shop's days
// it has, and gives a day's rows one after the other. Package source/csv is one; package ingest
// reads them.
package source

import (
	"context"

	"github.com/daybreak-ml/daybreak/events"
)

// Source gives raw rows, a day of the shop at a time.
type Source interface {
	// Name says where the rows come from, for messages.
	Name() string
	// Days returns the days there are, ascending.
	Days(ctx context.Context) ([]events.Day, error)
	// Rows opens a day. The error is an [events.ErrNoEvents] where the source has no such day.
	Rows(ctx context.Context, day events.Day) (Rows, error)
}

// Rows is one day's rows. The caller closes it.
type Rows interface {
	// Input names the file or files the rows come from, without folders.
	Input() string
	// Header returns the columns' names.
	Header() []string
	// Next returns the next row, and io.EOF after the last.
	Next() (Row, error)
	Close() error
}

// Row is a row as the source holds it.
type Row struct {
	File string
	Line int // where the row begins, from 1
	// Fields has one field a column, unless the row is malformed. The slice is valid until the
	// next call of Next; the strings in it stay.
	Fields []string
	// Malformed says what is wrong with the row's form; empty where it is sound.
	Malformed string
}
