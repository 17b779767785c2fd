package csv

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
)

// lines reads the rows of one stretch of CSV text.
type lines struct {
	file   string // for messages
	reader *csv.Reader
	header []string
	first  int // the line of the file on which the first row stands, if text begins further down
	before int // lines of the file before text
	latin1 bool
}

func newLines(file string, text io.Reader, m *mapping.Mapping) *lines {
	reader := csv.NewReader(text)
	reader.Comma = m.Comma()
	reader.LazyQuotes = m.CSV.LazyQuotes
	reader.ReuseRecord = true
	reader.FieldsPerRecord = -1 // next says so itself
	return &lines{file: file, reader: reader, latin1: m.CSV.Encoding == "latin-1"}
}

// readHeader reads the first line as the columns' names.
func (l *lines) readHeader() error {
	row, err := l.next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("read %s: it is empty; its first line should name the columns", l.file)
	case err != nil:
		return err
	case row.Malformed != "":
		return fmt.Errorf("read %s: line 1 should name the columns, but %s", l.file, row.Malformed)
	}
	l.header = slices.Clone(row.Fields)
	l.header[0] = strings.TrimPrefix(l.header[0], "\uFEFF")
	return nil
}

// next returns the next row; io.EOF after the last.
func (l *lines) next() (source.Row, error) {
	fields, err := l.reader.Read()
	if errors.Is(err, io.EOF) {
		return source.Row{}, io.EOF
	}
	row := source.Row{File: filepath.Base(l.file), Fields: fields}
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		row.Line = l.lineOf(broken.StartLine)
		row.Malformed = fmt.Sprintf("column %d: %s", broken.Column, broken.Err)
		if broken.Line != broken.StartLine {
			return row, fmt.Errorf("read %s: a quotation mark in line %d is never closed soundly, as line %d shows; the lines between can't be told apart",
				l.file, row.Line, l.before+broken.Line)
		}
		return row, nil
	case err != nil:
		return row, fmt.Errorf("read %s: %w", l.file, err)
	}
	line, _ := l.reader.FieldPos(0)
	row.Line = l.lineOf(line)
	if l.header != nil && len(fields) != len(l.header) {
		row.Malformed = fmt.Sprintf("%d fields where the header has %d", len(fields), len(l.header))
	}
	if l.latin1 {
		decodeLatin1(fields)
	}
	return row, nil
}

// lineOf returns the line of the file of a line of the stretch.
func (l *lines) lineOf(line int) int {
	if l.first > 0 {
		l.before = l.first - line
		l.first = 0
	}
	return l.before + line
}

// decodeLatin1 makes UTF-8 of fields in which each byte is the character of that number.
func decodeLatin1(fields []string) {
	for i, field := range fields {
		if strings.IndexFunc(field, func(r rune) bool { return r >= 0x80 }) < 0 {
			continue
		}
		var decoded strings.Builder
		for _, b := range []byte(field) {
			decoded.WriteRune(rune(b))
		}
		fields[i] = decoded.String()
	}
}
