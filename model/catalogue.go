package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// userRow is a row of users.parquet.
type userRow struct {
	ID string `parquet:"user_id"`
}

// encodeRows returns rows as a Parquet file; equal rows give equal bytes.
func encodeRows[Row any](rows []Row) ([]byte, error) {
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

// decodeRows reads a Parquet file of n rows.
func decodeRows[Row any](file []byte, n int) (rows []Row, err error) {
	defer func() { // the Parquet reader panics on some malformed files
		if p := recover(); p != nil {
			rows, err = nil, fmt.Errorf("malformed: %v", p)
		}
	}()
	if err := checkFooter(file); err != nil {
		return nil, err
	}
	opened, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	if opened.NumRows() != int64(n) {
		return nil, fmt.Errorf("has %d rows; config.json counts %d", opened.NumRows(), n)
	}
	r := parquet.NewGenericReader[Row](opened)
	rows = make([]Row, n)
	for read := 0; read < n; {
		got, err := r.Read(rows[read:])
		read += got
		if err != nil && (read < n || !errors.Is(err, io.EOF)) {
			return nil, fmt.Errorf("read row %d: %w", read, err)
		}
		if got == 0 {
			return nil, fmt.Errorf("read row %d: there are no more", read)
		}
	}
	return rows, r.Close()
}

// checkFooter sees to it that the footer lies within the file: the Parquet reader makes room for
// whatever length the file claims, up to 4 GB. A footer is its own length and "PAR1", after the
// metadata; the file begins with "PAR1", too.
func checkFooter(file []byte) error {
	const magic, trailer = 4, 8
	if len(file) < magic+trailer {
		return fmt.Errorf("has %d bytes; a Parquet file has %d or more", len(file), magic+trailer)
	}
	length := binary.LittleEndian.Uint32(file[len(file)-trailer:])
	if int64(length) > int64(len(file)-magic-trailer) {
		return fmt.Errorf("its footer takes %d bytes by its own account; the file has %d", length, len(file))
	}
	return nil
}

// encodeJSON returns v as an indented JSON document; equal values give equal bytes.
func encodeJSON(v any) ([]byte, error) {
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return document.Bytes(), nil
}
