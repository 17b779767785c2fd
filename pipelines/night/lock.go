package night

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// LockedError says who works on the data folder.
type LockedError struct {
	Path string
	By   string // as that process wrote it; empty where it has not yet
}

func (e *LockedError) Error() string {
	by := e.By
	if by == "" {
		by = "another process"
	}
	return fmt.Sprintf("%s works on this data (lock %s); wait until it has ended, or end it", by, e.Path)
}

// lock takes the data folder for this process, for what. The kernel gives it back when the process
// ends, however that happens.
func lock(data, what string) (unlock func() error, err error) {
	if err := os.MkdirAll(data, 0o777); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(data, ".lock")
	held := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR))
	taken, err := held.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !taken {
		by, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		return nil, &LockedError{Path: path, By: strings.TrimSpace(string(by))}
	}
	host, err := os.Hostname()
	if err == nil {
		who := fmt.Sprintf("process %d on %s, since %s: %s\n", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339), what)
		err = os.WriteFile(path, []byte(who), 0o666)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), held.Unlock())
	}
	return held.Unlock, nil
}
