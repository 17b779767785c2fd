package interactions

import (
	"fmt"
	"io"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// epoch is the day that days are counted from where they are sent.
func epoch() events.Day { return events.NewDay(1970, 1, 1) }

// write sends what was built, column by column.
func (b *builder) write(w io.Writer) error {
	n := len(b.rows)
	days, users, items := make([]int32, n), make([]int32, n), make([]int32, n)
	weights, bought := make([]float32, n), make([]uint8, n)
	for i, row := range b.rows {
		days[i], users[i], items[i], weights[i] = int32(row.Day.Sub(epoch())), row.User, row.Item, row.Weight
		if row.Bought {
			bought[i] = 1
		}
	}
	for _, texts := range [][]string{b.userNames, b.itemNames} {
		if err := ranks.WriteTexts(w, texts); err != nil {
			return err
		}
	}
	for _, column := range [][]int32{days, users, items} {
		if err := ranks.WriteSlice(w, column); err != nil {
			return err
		}
	}
	if err := ranks.WriteSlice(w, weights); err != nil {
		return err
	}
	return ranks.WriteSlice(w, bought)
}

// readBuilder reads what write sent, and checks it.
func readBuilder(r io.Reader) (*builder, error) {
	b := &builder{}
	var err error
	if b.userNames, err = ranks.ReadTexts(r); err != nil {
		return nil, fmt.Errorf("read shoppers: %w", err)
	}
	if b.itemNames, err = ranks.ReadTexts(r); err != nil {
		return nil, fmt.Errorf("read items: %w", err)
	}
	var columns [3][]int32 // day, user, item
	for i := range columns {
		if columns[i], err = ranks.ReadSlice[int32](r); err != nil {
			return nil, fmt.Errorf("read interactions: %w", err)
		}
	}
	weights, err := ranks.ReadSlice[float32](r)
	if err != nil {
		return nil, fmt.Errorf("read interactions: %w", err)
	}
	bought, err := ranks.ReadSlice[uint8](r)
	if err != nil {
		return nil, fmt.Errorf("read interactions: %w", err)
	}
	n := len(weights)
	if len(columns[0]) != n || len(columns[1]) != n || len(columns[2]) != n || len(bought) != n {
		return nil, fmt.Errorf("read interactions: columns of different lengths")
	}
	b.rows = make([]Row, n)
	for i := range b.rows {
		user, item := columns[1][i], columns[2][i]
		if user < 0 || int(user) >= len(b.userNames) || item < 0 || int(item) >= len(b.itemNames) {
			return nil, fmt.Errorf("read interactions: row %d is of shopper %d and item %d, of %d and %d", i, user, item, len(b.userNames), len(b.itemNames))
		}
		b.rows[i] = Row{Day: epoch().AddDays(int(columns[0][i])), User: user, Item: item, Weight: weights[i], Bought: bought[i] != 0}
	}
	return b, nil
}

// add appends what another has built of later days.
func (b *builder) add(later *builder) {
	if b.users == nil {
		b.users, b.items = index(b.userNames), index(b.itemNames)
	}
	users, items := make([]int32, len(later.userNames)), make([]int32, len(later.itemNames))
	for i, name := range later.userNames {
		users[i] = number(b.users, &b.userNames, name)
	}
	for i, name := range later.itemNames {
		items[i] = number(b.items, &b.itemNames, name)
	}
	b.rows = slices.Grow(b.rows, len(later.rows))
	for _, row := range later.rows {
		row.User, row.Item = users[row.User], items[row.Item]
		b.rows = append(b.rows, row)
	}
}
