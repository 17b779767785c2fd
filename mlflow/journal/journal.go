// Package journal keeps records and files on disk so that a process that is
// killed at any moment loses nothing it was told is kept.
//
//	<dir>/journal       a line a record: checksum, space, JSON
//	<dir>/files/<sha>   files, named by the SHA-256 of their content
//	<dir>/applied       how many records were dealt with
//
// A line's checksum (CRC-32C) covers the lines before it, so that a line that is
// lost, changed or moved is seen. Append returns once the record is on disk. A
// last line that was cut off by the end of a process was never acknowledged and
// goes when the journal is opened; any other damage is an error.
package journal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow/dirlock"
)

const (
	recordsName  = "journal"
	filesName    = "files"
	appliedName  = "applied"
	checksumSize = 8 // in hex
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged says that a journal is not as it was written.
var ErrDamaged = errors.New("the journal is damaged")

// Journal is a folder that one process at a time has open. It is not safe for
// concurrent use.
type Journal struct {
	dir     string
	lock    *os.File
	file    *os.File
	size    int64
	sum     uint32 // over all lines
	records [][]byte
	applied int
	broken  error // why nothing more can be appended
}

// Exists reports whether a folder holds a journal.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, recordsName))
	return err == nil
}

// Open opens the journal in a folder, or makes it, and locks it. While another
// process has it open the error is dirlock.ErrLocked.
func Open(dir string) (*Journal, error) {
	j := &Journal{dir: dir}
	if err := j.open(); err != nil {
		return nil, fmt.Errorf("open journal %s: %w", dir, errors.Join(err, j.Close()))
	}
	return j, nil
}

func (j *Journal) open() (err error) {
	if err := os.MkdirAll(filepath.Join(j.dir, filesName), 0o755); err != nil {
		return err
	}
	if j.lock, err = dirlock.Lock(j.dir); err != nil {
		return err
	}
	if j.file, err = os.OpenFile(filepath.Join(j.dir, recordsName), os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	content, err := os.ReadFile(j.file.Name())
	if err != nil {
		return err
	}
	if err := j.parse(content); err != nil {
		return err
	}
	if j.size < int64(len(content)) {
		if err := j.truncate(); err != nil {
			return err
		}
	}
	if err := j.readApplied(); err != nil {
		return err
	}
	return errors.Join(syncFolder(j.dir), syncFolder(filepath.Dir(j.dir)))
}

// parse reads the records. size and sum are left at the end of the last whole
// one.
func (j *Journal) parse(content []byte) error {
	for rest := content; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		record, sum, ok := parseLine(line, j.sum)
		if !ended || !ok {
			if len(after) > 0 {
				return fmt.Errorf("%w: record %d, at byte %d of %s, does not have its checksum", ErrDamaged, len(j.records), j.size, j.file.Name())
			}
			return nil // cut off while it was written
		}
		j.records = append(j.records, record)
		j.sum = sum
		j.size += int64(len(line)) + 1
		rest = after
	}
	return nil
}

// parseLine splits a line and checks it against the sum of those before it.
func parseLine(line []byte, before uint32) (record []byte, sum uint32, ok bool) {
	if len(line) <= checksumSize || line[checksumSize] != ' ' {
		return nil, 0, false
	}
	record = line[checksumSize+1:]
	sum = crc32.Update(before, castagnoli, record)
	return record, sum, string(line[:checksumSize]) == hexSum(sum)
}

func hexSum(sum uint32) string { return fmt.Sprintf("%08x", sum) }

func (j *Journal) truncate() error {
	return errors.Join(j.file.Truncate(j.size), j.file.Sync())
}

// Append adds a record, which holds no line break, and returns once it is on
// disk.
func (j *Journal) Append(record []byte) error {
	if err := j.append(record); err != nil {
		return fmt.Errorf("append to journal %s: %w", j.dir, err)
	}
	return nil
}

func (j *Journal) append(record []byte) error {
	if j.broken != nil {
		return j.broken
	}
	if bytes.IndexByte(record, '\n') >= 0 {
		return errors.New("the record holds a line break")
	}
	sum := crc32.Update(j.sum, castagnoli, record)
	line := append(append([]byte(hexSum(sum)), ' '), record...)
	line = append(line, '\n')
	_, err := j.file.WriteAt(line, j.size)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What is on disk now is not known; a disk that is full may have room later.
		if undo := j.truncate(); undo != nil {
			j.broken = errors.Join(err, undo)
		}
		return err
	}
	j.records = append(j.records, bytes.Clone(record))
	j.sum = sum
	j.size += int64(len(line))
	return nil
}

// Records are all records, in order. They are not to be changed.
func (j *Journal) Records() [][]byte { return j.records }

// Close unlocks the journal.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}

// removing is how the names of folders begin that are on their way out.
const removing = ".removing-"

// Remove removes the journal with its files. It goes at once, also when the
// process is killed meanwhile; Clear removes what may be left then.
func (j *Journal) Remove() error {
	parent := filepath.Dir(j.dir)
	gone, err := os.MkdirTemp(parent, removing)
	if err == nil {
		err = os.Rename(j.dir, filepath.Join(gone, "journal"))
	}
	if err == nil {
		err = syncFolder(parent)
	}
	if err == nil {
		err = os.RemoveAll(gone)
	}
	if err != nil {
		return fmt.Errorf("remove journal %s: %w", j.dir, err)
	}
	return nil
}

// List gives the folders in parent that hold a journal, by name, and removes
// what an interrupted Remove left.
func List(parent string) ([]string, error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, entry := range entries {
		dir := filepath.Join(parent, entry.Name())
		switch {
		case len(entry.Name()) > len(removing) && entry.Name()[:len(removing)] == removing:
			if err := os.RemoveAll(dir); err != nil {
				return nil, err
			}
		case entry.IsDir() && Exists(dir):
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// validSHA256 tells a file's name from anything that leads elsewhere.
func validSHA256(name string) bool {
	decoded, err := hex.DecodeString(name)
	return err == nil && len(decoded) == 32
}
