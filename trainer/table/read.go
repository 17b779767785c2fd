// Package table trains and tests on tables of any data: user, item[, value[,
// unix seconds]], tab-separated, users and items being any strings.
package table

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// A Row is one line of a table.
type Row struct {
	User, Item string
	Value      float64 // 1 where the table has none
	Seconds    int64   // since 1970, 0 where the table has none
}

// longestLine is how many bytes a line may have.
const longestLine = 1 << 20

// Read reads a table. Errors name the file, the line and the field.
func Read(path string) (rows []Row, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, longestLine)
	for number := 1; scanner.Scan(); number++ {
		if strings.TrimSpace(scanner.Text()) == "" {
			continue
		}
		row, err := parse(scanner.Text())
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", path, number, err)
		}
		rows = append(rows, row)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("read table %s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("table %s is empty; it must hold lines of user, item[, value[, unix seconds]]", path)
	}
	return rows, nil
}

func parse(line string) (Row, error) {
	fields := strings.Split(strings.TrimRight(line, "\r"), "\t")
	if len(fields) < 2 || len(fields) > 4 {
		return Row{}, fmt.Errorf("has %d fields; it must have 2 to 4, separated by tabs: user, item[, value[, unix seconds]]", len(fields))
	}
	row := Row{User: fields[0], Item: fields[1], Value: 1}
	if row.User == "" || row.Item == "" {
		return Row{}, fmt.Errorf("user is %q and item %q; neither may be empty", row.User, row.Item)
	}
	if len(fields) > 2 {
		value, err := strconv.ParseFloat(fields[2], 64)
		if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
			return Row{}, fmt.Errorf("value is %q; it must be a finite number", fields[2])
		}
		row.Value = value
	}
	if len(fields) > 3 {
		seconds, err := strconv.ParseFloat(fields[3], 64)
		if err != nil || !(math.Abs(seconds) < 1e11) {
			return Row{}, fmt.Errorf("time is %q; it must be in seconds since 1970", fields[3])
		}
		row.Seconds = int64(seconds)
	}
	return row, nil
}
