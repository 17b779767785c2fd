package events

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

// The folders below a store's root.
const (
	eventsFolder     = "events"
	itemsFolder      = "items"
	quarantineFolder = "quarantine"
	lockName         = ".events.lock"
	dayPrefix        = "dt="
)

// Store keeps a shop's events below a folder, one partition a day. It may be read while it is
// written, by any number of processes; writers take turns by a file lock.
type Store struct {
	Root string // the folder that holds events/, items/ and quarantine/
}

// OpenStore returns the store in the folder root, which is made if it isn't there.
func OpenStore(root string) (*Store, error) {
	if err := os.MkdirAll(root, 0o777); err != nil {
		return nil, fmt.Errorf("open event store: %w", err)
	}
	return &Store{Root: root}, nil
}

// Days returns the ingested days, ascending, held ones included.
func (s *Store) Days() ([]Day, error) {
	days, err := s.partitions(eventsFolder)
	if err != nil {
		return nil, fmt.Errorf("list ingested days: %w", err)
	}
	return days, nil
}

// DaysBefore returns the days to learn from for a model as of the start of the day asOf: those
// ingested, before it, and not held, ascending.
func (s *Store) DaysBefore(asOf Day) ([]Day, error) {
	days, err := s.Days()
	if err != nil {
		return nil, err
	}
	var open []Day
	for _, day := range days {
		if !day.Before(asOf) {
			break
		}
		_, held, err := s.Held(day)
		if err != nil {
			return nil, err
		}
		if !held {
			open = append(open, day)
		}
	}
	return open, nil
}

// Manifest returns the account of an ingested day. The error is an [ErrNotIngested] where there is
// none.
func (s *Store) Manifest(day Day) (Manifest, error) {
	var m Manifest
	err := readManifest(s.dir(eventsFolder, day), &m)
	if err != nil {
		return Manifest{}, s.readError(day, "manifest", err)
	}
	return m, nil
}

// ReadDay returns the events of a day, ascending by time. What is read is verified: the error is an
// [ErrCorrupt] if it isn't what was written, an [ErrNotIngested] if nothing was.
func (s *Store) ReadDay(ctx context.Context, day Day) ([]Event, error) {
	return readRows[Event](ctx, s, eventsFolder, day)
}

// ReadQuarantine returns the rows of a day that couldn't be used, in the source's order. Errors are
// those of [Store.ReadDay].
func (s *Store) ReadQuarantine(ctx context.Context, day Day) ([]Quarantined, error) {
	return readRows[Quarantined](ctx, s, quarantineFolder, day)
}

// Items returns what was known of each item at the end of day, ascending by ItemID: the newest
// snapshot at or before it. Errors are those of [Store.ReadDay].
func (s *Store) Items(ctx context.Context, day Day) ([]Item, error) {
	snapshots, err := s.partitions(itemsFolder)
	if err != nil {
		return nil, fmt.Errorf("list item snapshots: %w", err)
	}
	at, found := slices.BinarySearchFunc(snapshots, day, Day.Compare)
	if !found {
		at--
	}
	if at < 0 {
		return nil, &NotIngestedError{Day: day, Root: s.Root, Nearest: NearestDays(snapshots, day)}
	}
	return readRows[Item](ctx, s, itemsFolder, snapshots[at])
}

// WriteDay makes batch the content of day, in place of what was there. The same batch leaves the
// same bytes. The day counts as ingested once all of it is on disk; a writer killed before leaves
// the day as it was. A hold on the day stays.
func (s *Store) WriteDay(ctx context.Context, day Day, batch Batch) (Manifest, error) {
	if err := batch.check(day); err != nil {
		return Manifest{}, err
	}
	var written Manifest
	err := s.locked(ctx, func() error {
		if err := s.writeQuarantine(day, batch); err != nil {
			return fmt.Errorf("write quarantine of %s: %w", day, err)
		}
		if err := s.writeItems(ctx, day, batch.Items); err != nil {
			return fmt.Errorf("write items of %s: %w", day, err)
		}
		sorted := batch.sorted()
		manifest := batch.manifest(day, sorted)
		file, err := encode(sorted)
		if err == nil {
			err = writePartition(s.dir(eventsFolder, day), file, manifest)
		}
		if err != nil {
			return fmt.Errorf("write events of %s: %w", day, err)
		}
		written = *manifest
		return nil
	})
	return written, err
}

func (s *Store) writeQuarantine(day Day, batch Batch) error {
	file, err := encode(batch.Quarantined)
	if err != nil {
		return err
	}
	m := &Partition{Day: day, Rows: len(batch.Quarantined)}
	return writePartition(s.dir(quarantineFolder, day), file, m)
}

// writeItems writes the snapshot of day, and adds what the day says to the snapshots after it, which
// are there when days are ingested out of order.
func (s *Store) writeItems(ctx context.Context, day Day, found []Item) error {
	snapshots, err := s.partitions(itemsFolder)
	if err != nil {
		return err
	}
	known, err := s.Items(ctx, day.AddDays(-1))
	if err != nil && !errors.Is(err, ErrNotIngested) {
		return err
	}
	if err := s.writeSnapshot(day, mergeItems(known, found)); err != nil {
		return err
	}
	for _, later := range snapshots {
		if !later.After(day) {
			continue
		}
		known, err := readRows[Item](ctx, s, itemsFolder, later)
		if err != nil {
			return err
		}
		merged := mergeItems(known, found)
		if slices.Equal(known, merged) {
			continue
		}
		if err := s.writeSnapshot(later, merged); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) writeSnapshot(day Day, items []Item) error {
	file, err := encode(items)
	if err != nil {
		return err
	}
	return writePartition(s.dir(itemsFolder, day), file, &Partition{Day: day, Rows: len(items)})
}

// locked runs write while no other process writes to the store.
func (s *Store) locked(ctx context.Context, write func() error) (err error) {
	lock := flock.New(filepath.Join(s.Root, lockName))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("lock event store %s: %w", s.Root, err)
	}
	defer func() {
		if unlockErr := lock.Unlock(); err == nil && unlockErr != nil {
			err = fmt.Errorf("unlock event store %s: %w", s.Root, unlockErr)
		}
	}()
	return write()
}

func (s *Store) dir(folder string, day Day) string {
	return filepath.Join(s.Root, folder, dayPrefix+day.String())
}

// partitions returns the days of which folder holds a partition, ascending.
func (s *Store) partitions(folder string) ([]Day, error) {
	entries, err := os.ReadDir(filepath.Join(s.Root, folder))
	if err != nil && !isNotExist(err) {
		return nil, err
	}
	var days []Day
	for _, entry := range entries { // sorted by name, so by day
		name, ok := strings.CutPrefix(entry.Name(), dayPrefix)
		if !ok {
			continue
		}
		day, err := ParseDay(name)
		if err != nil {
			continue // not a partition of ours
		}
		if _, err := os.Stat(filepath.Join(s.dir(folder, day), manifestName)); isNotExist(err) {
			continue // never completed
		} else if err != nil {
			return nil, err
		}
		days = append(days, day)
	}
	return days, nil
}

// readRows reads a partition's rows, verified against its manifest.
func readRows[Row any](ctx context.Context, s *Store, folder string, day Day) ([]Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var p Partition
	dir := s.dir(folder, day)
	file, err := readPartition(dir, &p)
	if err != nil {
		return nil, s.readError(day, folder, err)
	}
	rows, err := decode[Row](file)
	if err != nil {
		return nil, &CorruptError{Path: filepath.Join(dir, p.File), Reason: err.Error()}
	}
	return rows, nil
}

// readError makes a missing partition a [*NotIngestedError] that says which days there are.
func (s *Store) readError(day Day, what string, err error) error {
	if !isNotExist(err) {
		return fmt.Errorf("read %s of %s: %w", what, day, err)
	}
	days, err := s.Days()
	if err != nil {
		return err
	}
	return &NotIngestedError{Day: day, Root: s.Root, Nearest: NearestDays(days, day)}
}
