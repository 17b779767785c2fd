package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const manifestName = "_manifest.json"

// Partition says which file of a partition's folder counts, and what must be in it.
type Partition struct {
	// FormatVersion is 1.
	FormatVersion int `json:"format_version"`
	Day           Day `json:"day"`
	// Generation is 1 at first, and one more each time the day is written with other content.
	Generation int    `json:"generation"`
	Rows       int    `json:"rows"`
	File       string `json:"file"`
	Bytes      int    `json:"bytes"`
	// SHA256 is the hexadecimal SHA-256 of File's bytes.
	SHA256 string `json:"sha256"`
}

// Manifest describes one ingested day: the partition of its events, and the account of every row
// that was read for it. Read = Kept + Duplicates + the sum of Quarantined.
type Manifest struct {
	Partition
	// Source names the mapping the day was read by; Input the file or files it was read from.
	Source   string `json:"source"`
	Input    string `json:"input,omitempty"`
	TimeZone string `json:"time_zone"` // of the shop, which says what a day is

	Read       int `json:"read"`
	Kept       int `json:"kept"`
	Duplicates int `json:"duplicates"`
	// Quarantined counts the rows that can't be used, by reason.
	Quarantined map[string]int `json:"quarantined"`

	// Events counts what was kept, DuplicateEvents what was dropped as a duplicate, by type.
	Events          map[Type]int `json:"events"`
	DuplicateEvents map[Type]int `json:"duplicate_events"`
	Users           int          `json:"users"` // distinct, of the events kept
	Items           int          `json:"items"` // distinct, of the events kept
	// MinTime and MaxTime are of the events kept, in UTC; nil where none was.
	MinTime *time.Time `json:"min_time"`
	MaxTime *time.Time `json:"max_time"`
}

// QuarantinedRows is the number of rows quarantined, for whatever reason.
func (m Manifest) QuarantinedRows() int {
	total := 0
	for _, rows := range m.Quarantined {
		total += rows
	}
	return total
}

// Location returns the shop's time zone.
func (m Manifest) Location() (*time.Location, error) {
	loc, err := time.LoadLocation(m.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("manifest of %s: time_zone: %w", m.Day, err)
	}
	return loc, nil
}

// partitioned is any manifest: what all have in common is its Partition.
type partitioned interface{ partition() *Partition }

func (p *Partition) partition() *Partition { return p }

// readManifest reads the manifest of a partition's folder into m. Where there is none the error is
// fs.ErrNotExist.
func readManifest(dir string, m partitioned) error {
	path := filepath.Join(dir, manifestName)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, m); err != nil {
		return &CorruptError{Path: path, Reason: err.Error()}
	}
	p := m.partition()
	if p.FormatVersion != formatVersion {
		return fmt.Errorf("%s: format_version is %d; this program reads %d", path, p.FormatVersion, formatVersion)
	}
	if p.File == "" || p.File != filepath.Base(p.File) {
		return &CorruptError{Path: path, Reason: fmt.Sprintf("file %q is no name of a file beside it", p.File)}
	}
	return nil
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func isCorrupt(err error) bool { return errors.Is(err, ErrCorrupt) }
