// Package folder is the demo's work folder: empty when a demo begins, kept when it ends, and never
// somebody else's.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// marker tells a demo's folder from any other; who runs in it has it locked.
const marker = ".daybreak-demo"

// Folder is a work folder that this process alone works in.
type Folder struct {
	Root string // absolute
	lock *flock.Flock
}

// Open makes the folder, or empties one that an earlier demo left. A folder that holds something
// else, or that another demo works in, is an error and stays as it is.
func Open(dir string) (*Folder, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("look into the demo's folder: %w", err)
	}
	if _, err := os.Stat(filepath.Join(root, marker)); errors.Is(err, fs.ErrNotExist) && len(entries) > 0 {
		return nil, fmt.Errorf("%s holds something that no demo put there; name a folder that is empty or not there yet", root)
	}
	lock := flock.New(filepath.Join(root, marker))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the demo's folder: %w", err)
	case !locked:
		return nil, fmt.Errorf("another demo works in %s; end it, or name another folder", root)
	}
	for _, entry := range entries {
		if entry.Name() == marker {
			continue
		}
		if err := os.RemoveAll(filepath.Join(root, entry.Name())); err != nil {
			return nil, errors.Join(fmt.Errorf("empty the demo's folder: %w", err), lock.Unlock())
		}
	}
	return &Folder{Root: root, lock: lock}, nil
}

// Close lets another demo have the folder.
func (f *Folder) Close() error { return f.lock.Unlock() }

// Path is where something lies in the folder.
func (f *Folder) Path(elements ...string) string {
	return filepath.Join(append([]string{f.Root}, elements...)...)
}
