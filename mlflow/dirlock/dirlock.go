// Package dirlock locks folders among processes.
package dirlock

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process holds the folder.
var ErrLocked = errors.New("another process is using it")

// Lock locks a folder that exists, without waiting. Closing the file unlocks
// it, as the end of the process does.
func Lock(path string) (*os.File, error) {
	folder, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), folder.Close())
	}
	// Another may have renamed or removed it between opening and locking.
	locked, err := folder.Stat()
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(named, locked) {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, ErrLocked), folder.Close())
	}
	return folder, nil
}
