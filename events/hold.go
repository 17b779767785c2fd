package events

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	holdName  = "_hold.json"
	lockRetry = 50 * time.Millisecond
)

// Hold says why nothing is to learn from a day, and whether that is over.
type Hold struct {
	Reasons []string  `json:"reasons"`
	By      string    `json:"by"`
	At      time.Time `json:"at"` // set by [Store.Hold] where it is zero
	// Generation is the manifest's at the time: what was held or released is that content. Set by
	// [Store.Hold].
	Generation int `json:"generation"`
	// Released is nil while the day is held.
	Released *Release `json:"released,omitempty"`
}

// Release says who let a held day go, and why.
type Release struct {
	By  string    `json:"by"`
	Why string    `json:"why"`
	At  time.Time `json:"at"`
}

// holdRecord is what _hold.json holds: every hold there ever was on the day, the newest last.
type holdRecord struct {
	Holds []Hold `json:"holds"`
}

// Hold keeps an ingested day from being learned from. Holding a held day for the same reasons
// changes nothing; for other reasons, it replaces them.
func (s *Store) Hold(day Day, hold Hold) error {
	if len(hold.Reasons) == 0 {
		return fmt.Errorf("hold %s: give at least one reason", day)
	}
	return s.changeHolds(day, func(holds []Hold, generation int) ([]Hold, error) {
		hold.Generation = generation
		hold.Released = nil
		if hold.At.IsZero() {
			hold.At = time.Now()
		}
		hold.At = hold.At.UTC().Truncate(time.Second)
		if len(holds) == 0 || holds[len(holds)-1].Released != nil {
			return append(holds, hold), nil
		}
		current := &holds[len(holds)-1]
		if !slices.Equal(current.Reasons, hold.Reasons) || current.Generation != generation {
			*current = hold
		}
		return holds, nil
	})
}

// Held says whether a day is held, and gives the newest hold there was on it, released or not; nil
// where there never was one.
func (s *Store) Held(day Day) (*Hold, bool, error) {
	holds, err := s.Holds(day)
	if err != nil || len(holds) == 0 {
		return nil, false, err
	}
	newest := holds[len(holds)-1]
	return &newest, newest.Released == nil, nil
}

// Holds returns every hold there ever was on a day, the newest last.
func (s *Store) Holds(day Day) ([]Hold, error) {
	path := filepath.Join(s.dir(eventsFolder, day), holdName)
	data, err := os.ReadFile(path)
	if isNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read hold of %s: %w", day, err)
	}
	var record holdRecord
	if err := json.Unmarshal(data, &record); err != nil {
		return nil, fmt.Errorf("read hold of %s: %s is no hold record: %w", day, path, err)
	}
	return record.Holds, nil
}

// Release lets a held day be learned from again. The record of the hold stays, with who and why.
// The error is an [ErrNotHeld] where the day isn't held.
func (s *Store) Release(day Day, who, why string) error {
	if who == "" || why == "" {
		return fmt.Errorf("release %s: say who releases it and why", day)
	}
	return s.changeHolds(day, func(holds []Hold, _ int) ([]Hold, error) {
		if len(holds) == 0 || holds[len(holds)-1].Released != nil {
			return nil, fmt.Errorf("release %s: %w", day, ErrNotHeld)
		}
		holds[len(holds)-1].Released = &Release{By: who, Why: why, At: time.Now().UTC().Truncate(time.Second)}
		return holds, nil
	})
}

// changeHolds replaces the day's record by what change makes of it.
func (s *Store) changeHolds(day Day, change func(holds []Hold, generation int) ([]Hold, error)) error {
	return s.locked(context.Background(), func() error {
		manifest, err := s.Manifest(day)
		if err != nil {
			return err
		}
		holds, err := s.Holds(day)
		if err != nil {
			return err
		}
		holds, err = change(holds, manifest.Generation)
		if err != nil {
			return err
		}
		data, err := json.MarshalIndent(holdRecord{Holds: holds}, "", "  ")
		if err != nil {
			return fmt.Errorf("write hold of %s: %w", day, err)
		}
		path := filepath.Join(s.dir(eventsFolder, day), holdName)
		if err := replaceFile(path, append(data, '\n')); err != nil {
			return fmt.Errorf("write hold of %s: %w", day, err)
		}
		return nil
	})
}
