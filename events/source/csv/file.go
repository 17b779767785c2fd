package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
)

// file is an export of one file that holds many days.
type file struct {
	path    string
	mapping *mapping.Mapping
	header  []string
	text    *os.File // unpacked
	days    map[events.Day][]stretch
}

// stretch is a piece of the text whose rows are all of one day.
type stretch struct {
	begin, end int64
	line       int // on which its first row stands
}

func openFile(ctx context.Context, path string, m *mapping.Mapping) (*file, error) {
	plain, err := openPlain(path)
	if err != nil {
		return nil, err
	}
	f := &file{path: path, mapping: m, text: plain, days: map[events.Day][]stretch{}}
	if err := f.index(ctx); err != nil {
		_ = plain.Close() // it was only read
		return nil, err
	}
	return f, nil
}

// openPlain opens a file that can be read at any place: path itself, or a nameless copy, unpacked.
func openPlain(path string) (*os.File, error) {
	packed, err := openText(path)
	if err != nil {
		return nil, err
	}
	if packed.Reader == io.Reader(packed.file) {
		return packed.file, nil
	}
	defer func() { _ = packed.Close() }() // it was only read
	plain, err := os.CreateTemp("", "daybreak-export-*.csv")
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	err = os.Remove(plain.Name()) // the open file stays readable, and nothing is left behind
	if err == nil {
		_, err = io.Copy(plain, packed)
	}
	if err != nil {
		_ = plain.Close() // what failed before says more
		return nil, fmt.Errorf("unpack %s: %w", path, err)
	}
	return plain, nil
}

// index finds the stretches of each day. A row whose day can't be told belongs to the day of the
// row before it, at the top of the file to that of the row after, so that it is counted somewhere.
func (f *file) index(ctx context.Context) error {
	rows := newLines(f.path, io.NewSectionReader(f.text, 0, 1<<62), f.mapping)
	if err := rows.readHeader(); err != nil {
		return err
	}
	f.header = rows.header
	cleaner, err := f.mapping.Bind(f.header, filepath.Base(f.path))
	if err != nil {
		return err
	}
	var day events.Day
	current := stretch{begin: rows.reader.InputOffset()}
	for {
		begin := rows.reader.InputOffset()
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rowDay, known := cleaner.Day(row.Fields)
		if known && rowDay != day && !day.IsZero() {
			current.end = begin
			f.days[day] = append(f.days[day], current)
			current = stretch{begin: begin}
		}
		if current.line == 0 {
			current.line = row.Line
		}
		if known {
			day = rowDay
		}
	}
	if day.IsZero() {
		return fmt.Errorf("read %s: no row has a time that the mapping can read; its event.time.layout is %q", f.path, f.mapping.Event.Time.Layout)
	}
	current.end = rows.reader.InputOffset()
	f.days[day] = append(f.days[day], current)
	return nil
}

func (f *file) list() []events.Day {
	days := make([]events.Day, 0, len(f.days))
	for day := range f.days {
		days = append(days, day)
	}
	slices.SortFunc(days, events.Day.Compare)
	return days
}

func (f *file) open(day events.Day) (source.Rows, error) {
	stretches, ok := f.days[day]
	if !ok {
		return nil, nil
	}
	return &stretchRows{file: f, left: stretches}, nil
}

func (f *file) close() error { return f.text.Close() }

// stretchRows are the rows of a day's stretches, one after the other.
type stretchRows struct {
	file    *file
	left    []stretch
	current *lines
}

func (r *stretchRows) Input() string    { return filepath.Base(r.file.path) }
func (r *stretchRows) Header() []string { return r.file.header }
func (r *stretchRows) Close() error     { return nil }

func (r *stretchRows) Next() (source.Row, error) {
	for {
		if r.current != nil {
			row, err := r.current.next()
			if !errors.Is(err, io.EOF) {
				return row, err
			}
		}
		if len(r.left) == 0 {
			return source.Row{}, io.EOF
		}
		piece := r.left[0]
		r.left = r.left[1:]
		r.current = newLines(r.file.path, io.NewSectionReader(r.file.text, piece.begin, piece.end-piece.begin), r.file.mapping)
		r.current.header = r.file.header
		r.current.first = piece.line
	}
}
