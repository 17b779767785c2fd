package csv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
)

// folder is an export of one file a day.
type folder struct {
	mapping *mapping.Mapping
	files   map[events.Day]string
}

func openFolder(path string, m *mapping.Mapping) (*folder, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	f := &folder{mapping: m, files: map[events.Day]string{}}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(strings.TrimSuffix(entry.Name(), ".gz"), ".csv")
		if !ok || entry.IsDir() {
			continue
		}
		day, err := events.ParseDay(name)
		if err != nil {
			continue
		}
		if other, twice := f.files[day]; twice {
			return nil, fmt.Errorf("open source %s: %s comes twice, as %s and %s; keep one", path, day, filepath.Base(other), entry.Name())
		}
		f.files[day] = filepath.Join(path, entry.Name())
	}
	if len(f.files) == 0 {
		return nil, fmt.Errorf("open source %s: no file in it is named after a day, such as 2011-06-01.csv or 2011-06-01.csv.gz", path)
	}
	return f, nil
}

func (f *folder) list() []events.Day {
	days := make([]events.Day, 0, len(f.files))
	for day := range f.files {
		days = append(days, day)
	}
	slices.SortFunc(days, events.Day.Compare)
	return days
}

func (f *folder) open(day events.Day) (source.Rows, error) {
	path, ok := f.files[day]
	if !ok {
		return nil, nil
	}
	text, err := openText(path)
	if err != nil {
		return nil, err
	}
	rows := &fileRows{lines: newLines(path, text, f.mapping), text: text}
	if err := rows.readHeader(); err != nil {
		_ = text.Close() // it was only read
		return nil, err
	}
	return rows, nil
}

func (f *folder) close() error { return nil }

// fileRows are the rows of a whole file.
type fileRows struct {
	*lines
	text *text
}

func (r *fileRows) Input() string             { return filepath.Base(r.file) }
func (r *fileRows) Header() []string          { return r.header }
func (r *fileRows) Next() (source.Row, error) { return r.next() }
func (r *fileRows) Close() error              { return r.text.Close() }
