package mlflow

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
)

// checksumsName is the file, among others, that says their SHA-256, as the
// program sha256sum writes and reads it.
const checksumsName = "SHA256SUMS"

// maxChecksumsSize bounds that file, which is held in memory.
const maxChecksumsSize = 16 << 20

// ChecksumError says that a file that was downloaded, or read back after it was
// uploaded, is not what SHA256SUMS names.
type ChecksumError struct {
	Path      string
	Want, Got string // SHA-256, in hex
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s: SHA-256 is %.12s…, %s says %.12s…: the file was damaged or changed where it is stored", e.Path, e.Got, checksumsName, e.Want)
}

var checksumLine = regexp.MustCompile(`^([0-9a-f]{64}) [ *](.+)$`)

// checksums reads SHA256SUMS of a folder, by file; nil where there is none.
func (c *Client) checksums(ctx context.Context, store ArtifactStore, folder string, files []Artifact) (map[string]string, error) {
	listed := false
	for _, file := range files {
		if relative(folder, file.Path) == checksumsName {
			listed = true
			if file.Size > maxChecksumsSize {
				return nil, fmt.Errorf("%s has %d bytes, more than %d", checksumsName, file.Size, maxChecksumsSize)
			}
		}
	}
	if !listed {
		return nil, nil
	}
	var content []byte
	err := c.repeat(ctx, func(ctx context.Context) (err error) {
		ctx, progress, stop := c.watchProgress(ctx)
		defer stop()
		reader, _, err := store.Get(ctx, path.Join(folder, checksumsName), 0)
		if err != nil {
			return stalledOr(ctx, err)
		}
		defer func() { _ = reader.Close() }()
		content, err = io.ReadAll(io.LimitReader(networkReader{progress.reader(reader)}, maxChecksumsSize+1))
		return stalledOr(ctx, err)
	})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", checksumsName, err)
	}
	sums, err := parseChecksums(content)
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(files))
	for _, file := range files {
		there[relative(folder, file.Path)] = true
	}
	for name := range sums {
		if !there[name] {
			return nil, fmt.Errorf("%s names %q, which is not there", checksumsName, name)
		}
	}
	return sums, nil
}

func parseChecksums(content []byte) (map[string]string, error) {
	sums := map[string]string{}
	scanner := bufio.NewScanner(bytes.NewReader(content))
	for line := 1; scanner.Scan(); line++ {
		match := checksumLine.FindStringSubmatch(scanner.Text())
		if match == nil {
			return nil, fmt.Errorf("line %d of %s is not what sha256sum writes: %.80q", line, checksumsName, scanner.Text())
		}
		sums[match[2]] = match[1]
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", checksumsName, err)
	}
	return sums, nil
}

// compare compares a file's content with its checksum.
func compare(file *os.File, name, sum string) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != sum {
		return &ChecksumError{Path: name, Want: sum, Got: got}
	}
	return nil
}
