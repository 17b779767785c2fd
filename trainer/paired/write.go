package paired

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// Write writes rows as a Parquet file: beside path, then renamed, so that a
// reader sees all of it or nothing.
func Write(path string, rows []Row) (err error) {
	var content bytes.Buffer
	if err := parquet.Write(&content, rows, parquet.Compression(&zstd.Codec{})); err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()           // it may be closed already; the first error counts
			_ = os.Remove(file.Name()) // likewise
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if _, err = file.Write(content.Bytes()); err != nil {
		return err
	}
	if err = file.Sync(); err != nil {
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// Read reads what Write wrote.
func Read(path string) ([]Row, error) {
	rows, err := parquet.ReadFile[Row](path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return rows, nil
}
