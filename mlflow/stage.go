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
// same each time and it is locked while in use, so that what a process left
// that died is cleared by the next, and two don't write into one folder.
type staging struct {
	path, dest string
	lock       *os.File // the folder itself; closing it unlocks
	root       *os.Root
	published  bool
}

// stage makes an empty folder beside dest, which must not exist.
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
	root, err := emptyRoot(path)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &staging{path: path, dest: dest, lock: lock, root: root}, nil
}

func emptyRoot(path string) (*os.Root, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(path, entry.Name())); err != nil {
			return nil, err
		}
	}
	return os.OpenRoot(path)
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
	s.published = true
	return syncFolder(filepath.Dir(s.dest))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// discard removes the folder if it was not published, and unlocks it.
func (s *staging) discard() {
	if !s.published {
		_ = os.RemoveAll(s.path) // what stays is cleared by the next stage
	}
	_ = s.root.Close()
	_ = s.lock.Close()
}
