package simulate

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/daybreak-ml/daybreak/events"
)

const (
	paid      = "paid"
	cancelled = "cancelled"
)

// row is a line of the export.
type row struct {
	order      int
	at         time.Time
	timeless   bool // the export holds no time that could be read
	customer   string
	sku, title string
	department string
	quantity   int
	price      float64
	status     string
}

// header names the columns that events/mapping/simulated.yaml reads.
var header = []string{"order", "placed_at", "customer", "sku", "title", "department", "quantity", "unit_price", "status"}

func (r row) fields() []string {
	placed := r.at.Format("02/01/2006 15:04:05")
	if r.timeless {
		placed = "00/00/0000 00:00:00"
	}
	return []string{
		strconv.Itoa(100000 + r.order), placed, r.customer, r.sku, r.title, r.department,
		strconv.Itoa(r.quantity), strconv.FormatFloat(r.price, 'f', 2, 64), r.status,
	}
}

// Export writes the shop's export into the folder dir, which is made if it isn't there: one file a
// day, named 2025-01-06.csv.gz, in place of what was there by that name.
func Export(ctx context.Context, dir string, shop Shop) error {
	if err := shop.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("simulate: %w", err)
	}
	w := newWorld(shop)
	for day := range shop.Days {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := w.trade(day)
		lines := make([][]string, len(rows))
		for i, r := range rows {
			lines[i] = r.fields()
		}
		if err := writeDay(dir, shop.Start.AddDays(day), ',', append([][]string{header}, lines...)); err != nil {
			return err
		}
	}
	return nil
}

// writeDay writes a day's file, whole or not at all.
func writeDay(dir string, day events.Day, comma rune, lines [][]string) (err error) {
	path := filepath.Join(dir, day.String()+".csv.gz")
	file, err := os.CreateTemp(dir, ".tmp-"+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // what failed before says more
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	err = pack(file, comma, lines)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func pack(to io.Writer, comma rune, lines [][]string) error {
	packed := gzip.NewWriter(to)
	w := csv.NewWriter(packed)
	w.Comma = comma
	if err := w.WriteAll(lines); err != nil {
		return err
	}
	return packed.Close()
}
