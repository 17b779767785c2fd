package handover

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sumsFile lists the SHA-256 of every other file of a model folder, as sha256sum writes it.
const sumsFile = "SHA256SUMS"

// IntegrityError says which file of a model folder isn't what its SHA256SUMS says.
type IntegrityError struct {
	Path   string // of the file
	Reason string
}

func (e *IntegrityError) Error() string { return e.Path + " " + e.Reason }

// verify compares every file of a model folder with its SHA256SUMS. The error is an
// [*IntegrityError] where they differ.
func verify(dir string) error {
	sums, err := readSums(filepath.Join(dir, sumsFile))
	if err != nil {
		return err
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		want, listed := sums[name]
		delete(sums, name)
		switch {
		case name == sumsFile:
			return nil
		case !listed:
			return &IntegrityError{path, "is not listed in " + sumsFile}
		}
		got, err := sha256Of(path)
		if err != nil {
			return err
		}
		if got != want {
			return &IntegrityError{path, fmt.Sprintf("has SHA-256 %s; %s says %s", got, sumsFile, want)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name := range sums {
		return &IntegrityError{filepath.Join(dir, filepath.FromSlash(name)), "is missing, though " + sumsFile + " lists it"}
	}
	return nil
}

// readSums reads lines of a SHA-256 in hexadecimal, two characters that sha256sum puts between, and
// a file's path.
func readSums(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &IntegrityError{path, "can't be read: " + err.Error()}
	}
	defer func() { _ = file.Close() }() // it was only read
	sums := map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		sum, name, found := strings.Cut(lines.Text(), " ")
		decoded, err := hex.DecodeString(sum)
		if !found || err != nil || len(decoded) != sha256.Size || len(name) < 2 {
			return nil, &IntegrityError{path, fmt.Sprintf("has the line %q, which is no SHA-256 and path", lines.Text())}
		}
		sums[name[1:]] = sum
	}
	if err := lines.Err(); err != nil {
		return nil, &IntegrityError{path, "can't be read: " + err.Error()}
	}
	return sums, nil
}

func sha256Of(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
