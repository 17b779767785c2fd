package mlflow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow/dirlock"
)

// staging is a folder that is filled beside where it will lie. Its name is the
// same each time and it is locked while in use, so that the next process finds
// what one that died left, and two don't write into one folder.
type staging struct {
	path, dest string
	lock       *os.File // the folder itself; closing it unlocks
	root       *os.Root
}

// stage makes a folder beside dest, which must not exist.
func stage(dest string) (*staging, error) {
	dest, err := filepath.Abs(dest)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(dest); err == nil {
		return nil, fmt.Errorf("%s: %w", dest, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	path := filepath.Join(filepath.Dir(dest), "."+filepath.Base(dest)+".partial")
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	lock, err := dirlock.Lock(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &staging{path: path, dest: dest, lock: lock, root: root}, nil
}

// keep removes all files but those that are wanted, which may be parts of
// what they are to be. Names are relative, with slashes.
func (s *staging) keep(wanted func(name string) bool) error {
	return fs.WalkDir(s.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Type().IsRegular() && wanted(name) {
			return err
		}
		return s.root.Remove(name)
	})
}

// publish makes the folder appear at its place, with its content on disk. The
// files in it are synced by who wrote them.
func (s *staging) publish() error {
	err := filepath.WalkDir(s.path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return syncFolder(path)
	})
	if err != nil {
		return err
	}
	if _, err := os.Lstat(s.dest); err == nil { // rename would replace an empty folder
		return fmt.Errorf("%s: %w", s.dest, fs.ErrExist)
	}
	if err := os.Rename(s.path, s.dest); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(s.dest))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// discard removes the folder.
func (s *staging) discard() error { return os.RemoveAll(s.path) }

// close unlocks the folder. Unless it was published, it stays, for the next.
func (s *staging) close() {
	_ = s.root.Close()
	_ = s.lock.Close()
}
