package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// DefaultDir lies on a disk that is there on every Linux machine and, unlike
// /tmp or /run, can carry overlayfs.
const DefaultDir = "/var/lib/daybreak-e2e"

// Dir is the folder a cluster lives in.
type Dir string

// Path joins a name to the folder.
func (d Dir) Path(elements ...string) string {
	return filepath.Join(append([]string{string(d)}, elements...)...)
}

// Logs is the folder that holds a file for each component. It is kept when the
// cluster goes, and emptied when the next one starts.
func (d Dir) Logs() string { return d.Path("log") }

// Kubeconfig is the administrator's. It works inside the cluster's namespaces.
func (d Dir) Kubeconfig() string { return d.Path("kubeconfig") }

// Programs is the folder of links under which the cluster's programs are started.
func (d Dir) Programs() string { return d.Path("programs") }

// lockPath is the machine's: control groups and some folders are fixed, so that
// it can carry one cluster at a time.
const lockPath = "/run/lock/daybreak-e2e.lock"

// ErrLocked says that a cluster runs, or is being started, in the folder.
var ErrLocked = errors.New("a cluster holds the lock")

// ErrHeldElsewhere says that a cluster runs, or is being started, in another folder.
var ErrHeldElsewhere = errors.New("this machine carries another cluster, and can't carry a second")

// Lock takes the machine for a cluster in this folder. It is given up when the
// last process that holds the returned file has gone, however it went.
func (d Dir) Lock() (*os.File, error) {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(lockPath), 0o755); err != nil {
		return nil, fmt.Errorf("make the lock's folder: %w", err)
	}
	file, err := os.OpenFile(lockPath, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the cluster's lock: %w", err)
	}
	if err := d.take(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (d Dir) take(file *os.File) error {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		holder, err := io.ReadAll(file)
		if err != nil {
			return fmt.Errorf("read who holds %s: %w", lockPath, err)
		}
		if Dir(holder) != d {
			return fmt.Errorf("%w: the other lives in %s", ErrHeldElsewhere, holder)
		}
		return ErrLocked
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", lockPath, err)
	}
	if err := file.Truncate(0); err != nil {
		return fmt.Errorf("write who holds %s: %w", lockPath, err)
	}
	if _, err := file.WriteAt([]byte(d), 0); err != nil {
		return fmt.Errorf("write who holds %s: %w", lockPath, err)
	}
	return nil
}

// Clear removes everything but, with KeepLogs, the logs.
func (d Dir) Clear(logs LogsPolicy) error {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the cluster's folder: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == "log" && logs == KeepLogs {
			continue
		}
		if err := os.RemoveAll(d.Path(entry.Name())); err != nil {
			return fmt.Errorf("remove what a cluster left: %w", err)
		}
	}
	return nil
}

// LogsPolicy says what becomes of the logs when a folder is cleared.
type LogsPolicy int

// What becomes of the logs.
const (
	KeepLogs LogsPolicy = iota
	DiscardLogs
)

// write replaces a JSON file as a whole, so that a reader never sees half of it.
func (d Dir) write(name string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	part := d.Path("." + name + ".part")
	if err := os.WriteFile(part, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(part, d.Path(name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (d Dir) read(name string, value any) error {
	content, err := os.ReadFile(d.Path(name))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("decode %s: %w", d.Path(name), err)
	}
	return nil
}
