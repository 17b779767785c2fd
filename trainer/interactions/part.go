package interactions

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// A part is the log of some days that follow each other, on its way into that of
// all.
type part struct {
	users, items []string // ascending, each with rows
	rows         []Row    // by day, then user, then item; each of them once
}

// newPart puts days' rows in order and numbers them in the order of their names.
// They come with places in users and items, which are distinct, as ids. It gives
// their memory up as it goes.
func newPart(days [][]Row, users, items []string) *part {
	usedUsers, usedItems := make([]bool, len(users)), make([]bool, len(items))
	total := 0
	for _, rows := range days {
		total += len(rows)
		for _, row := range rows {
			usedUsers[row.User], usedItems[row.Item] = true, true
		}
	}
	p := &part{}
	var ofUsers, ofItems []int32
	p.users, ofUsers = ordered(users, usedUsers)
	p.items, ofItems = ordered(items, usedItems)
	p.rows = make([]Row, 0, total)
	order := order{users: ofUsers, items: ofItems, width: uint64(len(p.items))}
	for i, rows := range days {
		p.rows = order.merge(p.rows, rows)
		days[i] = nil
	}
	return p
}

// join makes one part of several, of days that ascend. Each is in order already,
// and so are their names, so that nothing is sorted again.
func join(parts []*part) *part {
	if len(parts) == 1 {
		return parts[0]
	}
	users, items := make([][]string, len(parts)), make([][]string, len(parts))
	total := 0
	for i, p := range parts {
		users[i], items[i] = p.users, p.items
		total += len(p.rows)
	}
	all := &part{rows: make([]Row, total)}
	var group errgroup.Group
	group.Go(func() error {
		all.users = union(users)
		return nil
	})
	all.items = union(items)
	_ = group.Wait() // neither this nor what follows fails
	begin := 0
	for _, p := range parts {
		rows := all.rows[begin : begin+len(p.rows)]
		begin += len(p.rows)
		group.Go(func() error {
			ofUsers, ofItems := placesIn(all.users, p.users), placesIn(all.items, p.items)
			for i, row := range p.rows {
				row.User, row.Item = ofUsers[row.User], ofItems[row.Item]
				rows[i] = row
			}
			return nil
		})
	}
	_ = group.Wait()
	return all
}

// fill gives a log the part's rows. A shop without purchases and ratings is
// measured on whatever counts.
func (p *part) fill(log *Log) {
	log.Users, log.Items, log.Rows = p.users, p.items, p.rows
	if slices.ContainsFunc(p.rows, func(r Row) bool { return r.Bought }) {
		return
	}
	for i := range p.rows {
		p.rows[i].Bought = true
	}
}

// epoch is the day that days are counted from where they are sent.
func epoch() events.Day { return events.NewDay(1970, 1, 1) }

// write sends a part, column by column.
func (p *part) write(w io.Writer) error {
	n := len(p.rows)
	days, users, items := make([]int32, n), make([]int32, n), make([]int32, n)
	weights, bought := make([]float32, n), make([]uint8, n)
	for i, row := range p.rows {
		days[i], users[i], items[i], weights[i] = int32(row.Day.Sub(epoch())), row.User, row.Item, row.Weight
		if row.Bought {
			bought[i] = 1
		}
	}
	for _, texts := range [][]string{p.users, p.items} {
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

// readPart reads what write sent, and checks it.
func readPart(r io.Reader) (*part, error) {
	p := &part{}
	var err error
	if p.users, err = ranks.ReadTexts(r, "shoppers"); err != nil {
		return nil, err
	}
	if p.items, err = ranks.ReadTexts(r, "items"); err != nil {
		return nil, err
	}
	var columns [3][]int32
	for i, name := range []string{"days", "users", "items"} {
		if columns[i], err = ranks.ReadSlice[int32](r, name); err != nil {
			return nil, fmt.Errorf("read interactions: %w", err)
		}
	}
	weights, err := ranks.ReadSlice[float32](r, "weights")
	if err != nil {
		return nil, fmt.Errorf("read interactions: %w", err)
	}
	bought, err := ranks.ReadSlice[uint8](r, "what was bought")
	if err != nil {
		return nil, fmt.Errorf("read interactions: %w", err)
	}
	n := len(weights)
	if len(columns[0]) != n || len(columns[1]) != n || len(columns[2]) != n || len(bought) != n {
		return nil, fmt.Errorf("read interactions: columns of different lengths")
	}
	p.rows = make([]Row, n)
	for i := range p.rows {
		user, item := columns[1][i], columns[2][i]
		if user < 0 || int(user) >= len(p.users) || item < 0 || int(item) >= len(p.items) {
			return nil, fmt.Errorf("read interactions: row %d is of shopper %d and item %d, of %d and %d", i, user, item, len(p.users), len(p.items))
		}
		p.rows[i] = Row{Day: epoch().AddDays(int(columns[0][i])), User: user, Item: item, Weight: weights[i], Bought: bought[i] != 0}
	}
	return p, p.check()
}

// check says what of a part's order doesn't hold.
func (p *part) check() error {
	for _, names := range [][]string{p.users, p.items} {
		for i := 1; i < len(names); i++ {
			if names[i-1] >= names[i] {
				return fmt.Errorf("read interactions: name %d of %d, %.40q, comes after %.40q", i, len(names), names[i], names[i-1])
			}
		}
	}
	for i := 1; i < len(p.rows); i++ {
		a, b := p.rows[i-1], p.rows[i]
		if cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.User, b.User), cmp.Compare(a.Item, b.Item)) >= 0 {
			return fmt.Errorf("read interactions: row %d of %d isn't after the one before it", i, len(p.rows))
		}
	}
	return nil
}
