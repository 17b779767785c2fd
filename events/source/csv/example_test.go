package csv_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

// One file with many days is read a day at a time.
func Example() {
	if err := printJune2(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// days: [2011-06-01 2011-06-02]
	// line 3: [2011-06-02 17850 71053]
}

func printJune2() error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "export-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "export.csv")
	if err := os.WriteFile(path, []byte("date,customer,article\n2011-06-01,17850,85123A\n2011-06-02,17850,71053\n"), 0o644); err != nil {
		return err
	}
	m, err := mapping.Parse("my-shop.yaml", []byte(`
name: my-shop
time_zone: Europe/London
event:
  user: {column: customer}
  item: {column: article}
  time: {column: date, layout: "2006-01-02"}
  type: {default: purchase}
`))
	if err != nil {
		return err
	}
	src, err := csv.Open(ctx, path, m)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	days, err := src.Days(ctx)
	if err != nil {
		return err
	}
	fmt.Println("days:", days)

	rows, err := src.Rows(ctx, events.NewDay(2011, 6, 2))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Printf("line %d: %s\n", row.Line, row.Fields)
	}
}
