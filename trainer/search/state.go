package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// state is what the file keeps.
type state struct {
	Digest string                `json:"digest"`
	Seed   uint64                `json:"seed"`
	Trials map[int][]Measurement `json:"trials"` // by rung
}

// open reads the state, or makes one where there is no file. More trials than
// before go on with it; other data, settings or another seed can't.
func (s Search) open() (state, error) {
	empty := state{Digest: s.Digest, Seed: s.Seed, Trials: map[int][]Measurement{}}
	if s.State == "" {
		return empty, nil
	}
	content, err := os.ReadFile(s.State)
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("read what was measured: %w", err)
	}
	var kept state
	if err := json.Unmarshal(content, &kept); err != nil {
		return state{}, fmt.Errorf("read what was measured: %s: %w", s.State, err)
	}
	if kept.Digest != s.Digest || kept.Seed != s.Seed || kept.Trials == nil {
		return state{}, fmt.Errorf("%s is of a search over other data, settings or with another seed; remove it to begin anew", s.State)
	}
	return kept, nil
}

func (s state) write(path string) error {
	if path == "" {
		return nil
	}
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write what was measured: %w", err)
	}
	if err := WriteFile(path, append(content, '\n')); err != nil {
		return fmt.Errorf("write what was measured: %w", err)
	}
	return nil
}

// WriteFile writes a file beside, brings it to disk and renames it.
func WriteFile(path string, content []byte) error {
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = beside.Write(content)
	err = errors.Join(err, beside.Chmod(0o644), beside.Sync(), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return nil
}
