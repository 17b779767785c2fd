package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Store keeps a file's content and returns once it is on disk. The same content
// is kept once.
func (j *Journal) Store(content io.Reader) (sha string, err error) {
	folder := filepath.Join(j.dir, filesName)
	file, err := os.CreateTemp(folder, ".partial-*")
	if err != nil {
		return "", fmt.Errorf("store file in journal %s: %w", j.dir, err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when renamed
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(file, hash), content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", fmt.Errorf("store file in journal %s: %w", j.dir, err)
	}
	sha = hex.EncodeToString(hash.Sum(nil))
	if err := errors.Join(os.Rename(file.Name(), filepath.Join(folder, sha)), syncFolder(folder)); err != nil {
		return "", fmt.Errorf("store file in journal %s: %w", j.dir, err)
	}
	return sha, nil
}

// OpenFile opens a file that was stored, once its content has been compared
// with its name.
func (j *Journal) OpenFile(sha string) (*os.File, error) {
	if !validSHA256(sha) {
		return nil, fmt.Errorf("%w: %q is no SHA-256", ErrDamaged, sha)
	}
	file, err := os.Open(filepath.Join(j.dir, filesName, sha))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	if err == nil && hex.EncodeToString(hash.Sum(nil)) != sha {
		err = fmt.Errorf("%w: %s has another content than it was written with", ErrDamaged, file.Name())
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Applied is how many records, from the first on, were dealt with.
func (j *Journal) Applied() int { return j.applied }

// SetApplied notes that so many records were dealt with, and returns once that
// is on disk.
func (j *Journal) SetApplied(count int) error {
	target := filepath.Join(j.dir, appliedName)
	file, err := os.CreateTemp(j.dir, ".applied-*")
	if err != nil {
		return fmt.Errorf("note progress in journal %s: %w", j.dir, err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when renamed
	_, err = file.WriteString(strconv.Itoa(count) + "\n")
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), target)
	}
	if err == nil {
		err = syncFolder(j.dir)
	}
	if err != nil {
		return fmt.Errorf("note progress in journal %s: %w", j.dir, err)
	}
	j.applied = count
	return nil
}

func (j *Journal) readApplied() error {
	content, err := os.ReadFile(filepath.Join(j.dir, appliedName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || count < 0 || count > len(j.records) {
		return fmt.Errorf("%w: %s says that %q of %d records were dealt with", ErrDamaged, appliedName, content, len(j.records))
	}
	j.applied = count
	return nil
}
