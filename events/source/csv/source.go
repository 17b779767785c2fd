package csv

import (
	"context"
	"fmt"
	"os"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
)

// Source is an export in CSV. It is a [source.Source]; the caller closes it.
type Source struct {
	path string
	days export
}

// export is what differs between a folder and a single file.
type export interface {
	// list returns the days there are, ascending.
	list() []events.Day
	// open opens one of them.
	open(day events.Day) (source.Rows, error)
	close() error
}

// Open opens the export at path, a folder or a file, of the dialect that m says. A single file is
// read through once to find its days; if it is compressed, it is unpacked into a temporary file
// that is gone when the source is closed.
func Open(ctx context.Context, path string, m *mapping.Mapping) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	var days export
	if info.IsDir() {
		days, err = openFolder(path, m)
	} else {
		days, err = openFile(ctx, path, m)
	}
	if err != nil {
		return nil, err
	}
	return &Source{path: path, days: days}, nil
}

// Name implements [source.Source].
func (s *Source) Name() string { return s.path }

// Days implements [source.Source].
func (s *Source) Days(context.Context) ([]events.Day, error) { return s.days.list(), nil }

// Rows implements [source.Source].
func (s *Source) Rows(ctx context.Context, day events.Day) (source.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows, err := s.days.open(day)
	if err != nil {
		return nil, err
	}
	if rows == nil {
		return nil, &events.NoEventsError{Day: day, Source: s.path, Nearest: events.NearestDays(s.days.list(), day)}
	}
	return rows, nil
}

// Close lets go of what the source holds open.
func (s *Source) Close() error { return s.days.close() }
