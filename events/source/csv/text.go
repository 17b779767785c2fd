package csv

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

// text is a file's text, unpacked where the file's name ends in .gz.
type text struct {
	io.Reader
	file *os.File
}

func openText(path string) (*text, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return &text{Reader: file, file: file}, nil
	}
	unpacked, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		_ = file.Close() // it was only read
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &text{Reader: unpacked, file: file}, nil
}

func (t *text) Close() error { return t.file.Close() }
