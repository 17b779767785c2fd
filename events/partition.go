package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"
)

const (
	formatVersion = 1
	temporary     = ".tmp-" // begins the name of what is being written and doesn't count yet
)

// encode returns rows as a Parquet file. The same rows give the same bytes, whichever program
// writes them.
func encode[Row any](rows []Row) ([]byte, error) {
	var file bytes.Buffer
	w := parquet.NewGenericWriter[Row](&file,
		parquet.Compression(&parquet.Zstd),
		parquet.CreatedBy("daybreak", "1", "0")) // the default names the program's build
	if _, err := w.Write(rows); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

// decode returns the rows of a Parquet file.
func decode[Row any](file []byte) ([]Row, error) {
	return parquet.Read[Row](bytes.NewReader(file), int64(len(file)))
}

// writePartition makes file the content of the partition in dir, described by m, whose counts the
// caller has set; Generation, File, Bytes and SHA256 are set here. The manifest is moved into place
// last, and until then readers see what was there before.
func writePartition(dir string, file []byte, m partitioned) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	old, err := oldPartition(dir)
	if err != nil {
		return err
	}
	p := m.partition()
	p.FormatVersion = formatVersion
	p.Bytes = len(file)
	p.SHA256 = hexSHA256(file)
	p.Generation, p.File = old.Generation, old.File
	if p.SHA256 != old.SHA256 {
		p.Generation = old.Generation + 1
		p.File = partName(p.Generation)
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, p.File), file); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, manifestName), append(manifest, '\n')); err != nil {
		return err
	}
	return removeLeftovers(dir, p.File)
}

// oldPartition returns the partition that dir holds, or a zero one. A manifest that can't be read
// counts as none: it is about to be replaced.
func oldPartition(dir string) (Partition, error) {
	var old Partition
	err := readManifest(dir, &old)
	switch {
	case err == nil:
		return old, nil
	case isNotExist(err), isCorrupt(err):
		return Partition{}, nil
	}
	return Partition{}, err
}

// partName names the file of a generation. A name isn't used again for other content, so a reader
// of the old manifest never reads new content.
func partName(generation int) string {
	if generation == 1 {
		return "part-00000.parquet"
	}
	return fmt.Sprintf("part-00000.g%d.parquet", generation)
}

// readPartition reads the partition in dir: its manifest into m, and the bytes it promises.
func readPartition(dir string, m partitioned) ([]byte, error) {
	file, err := readNamedFile(dir, m)
	if err != nil {
		return nil, err
	}
	p := m.partition()
	path := filepath.Join(dir, p.File)
	if len(file) != p.Bytes {
		return nil, &CorruptError{Path: path, Reason: fmt.Sprintf("it has %d bytes; the manifest says %d", len(file), p.Bytes)}
	}
	if sum := hexSHA256(file); sum != p.SHA256 {
		return nil, &CorruptError{Path: path, Reason: fmt.Sprintf("its SHA-256 is %s; the manifest says %s", sum, p.SHA256)}
	}
	return file, nil
}

// readNamedFile reads a partition's manifest and the file it names. A writer may replace both
// between the two reads; then the file is gone, but there is a newer manifest to go by.
func readNamedFile(dir string, m partitioned) ([]byte, error) {
	for generation := 0; ; {
		if err := readManifest(dir, m); err != nil {
			return nil, err
		}
		p := m.partition()
		path := filepath.Join(dir, p.File)
		file, err := os.ReadFile(path)
		if !isNotExist(err) {
			return file, err
		}
		if p.Generation == generation {
			return nil, &CorruptError{Path: path, Reason: "it is missing, though the manifest names it"}
		}
		generation = p.Generation
	}
}

// replaceFile makes data the content of path in one step: what is at path is always whole.
func replaceFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), temporary+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // best effort: a leftover is ignored and removed by the next write
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}

// removeLeftovers removes what killed writers and earlier generations left in dir.
func removeLeftovers(dir, part string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		stale := strings.HasPrefix(name, temporary) ||
			strings.HasPrefix(name, "part-") && name != part
		if stale {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
