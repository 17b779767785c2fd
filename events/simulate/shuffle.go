package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
)

// Shuffled says what [ShuffleShoppers] did to a day.
type Shuffled struct {
	Orders  int // orders of known shoppers
	Changed int // of those, how many now belong to someone else
}

// ShuffleShoppers writes a spoiled copy of a day's raw export into the folder dir, as
// 2011-06-01.csv.gz: its orders are dealt out anew among that day's shoppers. Every order keeps its
// lines, every shopper the number of orders, the day its totals and best-sellers; only who bought
// what is wrong. The same seed gives the same copy. An order is what the mapping calls a session;
// without one, all that a shopper bought that day. Exports in latin-1 can't be written and are
// refused.
func ShuffleShoppers(ctx context.Context, src source.Source, m *mapping.Mapping, day events.Day, dir string, seed uint64) (Shuffled, error) {
	if m.CSV.Encoding != "utf-8" {
		return Shuffled{}, fmt.Errorf("shuffle shoppers of %s: the export is in %s; only utf-8 can be written", day, m.CSV.Encoding)
	}
	rows, err := src.Rows(ctx, day)
	if err != nil {
		return Shuffled{}, err
	}
	defer func() { _ = rows.Close() }() // it was only read
	cleaner, err := m.Bind(rows.Header(), rows.Input())
	if err != nil {
		return Shuffled{}, err
	}
	deal := dealing{cleaner: cleaner, numbers: map[orderKey]int{}}
	lines, err := deal.read(rows)
	if err != nil {
		return Shuffled{}, fmt.Errorf("shuffle shoppers of %s: %w", day, err)
	}
	done := deal.shuffle(rand.New(rand.NewPCG(seed, 0x5AB0)))
	for i, order := range deal.orderOf {
		if order >= 0 {
			lines[i][cleaner.UserColumn()] = deal.shoppers[order]
		}
	}
	return done, writeDay(dir, day, m.Comma(), append([][]string{rows.Header()}, lines...))
}

// dealing knows which order each line of a day is of, and whose it is.
type dealing struct {
	cleaner  *mapping.Cleaner
	numbers  map[orderKey]int
	shoppers []string // of each order, as the export writes them
	orderOf  []int    // of each line; -1 where it has no shopper
}

type orderKey struct{ session, user string }

func (d *dealing) read(rows source.Rows) ([][]string, error) {
	var lines [][]string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
		lines = append(lines, slices.Clone(row.Fields))
		d.orderOf = append(d.orderOf, d.order(row))
	}
}

// order returns the number of the order that a row is of.
func (d *dealing) order(row source.Row) int {
	if row.Malformed != "" {
		return -1
	}
	key := orderKey{session: d.cleaner.Session(row.Fields), user: d.cleaner.User(row.Fields)}
	if key.user == "" {
		return -1
	}
	number, ok := d.numbers[key]
	if !ok {
		number = len(d.shoppers)
		d.numbers[key] = number
		d.shoppers = append(d.shoppers, row.Fields[d.cleaner.UserColumn()])
	}
	return number
}

func (d *dealing) shuffle(random *rand.Rand) Shuffled {
	before := slices.Clone(d.shoppers)
	random.Shuffle(len(d.shoppers), func(i, j int) { d.shoppers[i], d.shoppers[j] = d.shoppers[j], d.shoppers[i] })
	done := Shuffled{Orders: len(before)}
	for i := range before {
		if before[i] != d.shoppers[i] {
			done.Changed++
		}
	}
	return done
}
