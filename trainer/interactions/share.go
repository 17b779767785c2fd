package interactions

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// A Share is the days that a rank other than 0 reads. It keeps their rows from one
// task to the next, so that they are read once. Its methods are called by one
// goroutine at a time.
type Share struct {
	store *events.Store

	reading      string // whose rows these are; empty: none
	rows         []Row  // by day, user, item, as in the whole log
	users, items int    // of the whole log
}

// NewShare returns the share of a rank with its own sight of the store.
func NewShare(store *events.Store) *Share { return &Share{store: store} }

// read reads the days of a rank, whose ids it numbers in their order.
func (s *Share) read(ctx context.Context, session *ranks.Session, of reading) (*part, error) {
	asOf, err := events.ParseDay(of.AsOf)
	if err != nil {
		return nil, err
	}
	days, err := s.store.DaysBefore(asOf)
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", s.store.Root, err)
	}
	_, sizes, err := describe(s.store, days)
	if err != nil {
		return nil, err
	}
	return readShare(ctx, session, s.store, days, sizes, of.Options)
}

// keep makes the rows of what was read this share's, with ids numbered as the
// whole log has them.
func (s *Share) keep(id string, p *part, n numbering) error {
	if len(n.users) != len(p.users) || len(n.items) != len(p.items) {
		return fmt.Errorf("number interactions: %d shoppers and %d items came for %d and %d", len(n.users), len(n.items), len(p.users), len(p.items))
	}
	for i := range p.rows {
		row := &p.rows[i]
		row.User, row.Item = n.users[row.User], n.items[row.Item]
	}
	s.reading, s.rows, s.users, s.items = id, p.rows, n.ofUsers, n.ofItems
	return nil
}

// numbering says which numbers a rank's ids have in the whole log.
type numbering struct {
	users, items     []int32 // by the rank's own numbers
	ofUsers, ofItems int     // of the whole log
}

// directory looks up the numbers of a log's ids.
type directory struct{ users, items map[string]int32 }

func (l *Log) directory() directory { return directory{index(l.Users), index(l.Items)} }

// numbering returns that of a rank's ids.
func (d directory) numbering(users, items []string) (numbering, error) {
	n := numbering{ofUsers: len(d.users), ofItems: len(d.items)}
	var err error
	if n.users, err = lookUp(d.users, users); err != nil {
		return numbering{}, fmt.Errorf("shopper %w", err)
	}
	if n.items, err = lookUp(d.items, items); err != nil {
		return numbering{}, fmt.Errorf("item %w", err)
	}
	return n, nil
}

// index returns the numbers of names.
func index(names []string) map[string]int32 {
	known := make(map[string]int32, len(names))
	for i, name := range names {
		known[name] = int32(i)
	}
	return known
}

func lookUp(known map[string]int32, ids []string) ([]int32, error) {
	numbers := make([]int32, len(ids))
	for i, id := range ids {
		var ok bool
		if numbers[i], ok = known[id]; !ok {
			return nil, fmt.Errorf("%q is not in what was read at first: leave the events alone while ranks train", id)
		}
	}
	return numbers, nil
}

func (n numbering) write(w io.Writer) error {
	if err := ranks.WriteValues(w, []int64{int64(n.ofUsers), int64(n.ofItems)}); err != nil {
		return err
	}
	if err := ranks.WriteSlice(w, n.users); err != nil {
		return err
	}
	return ranks.WriteSlice(w, n.items)
}

func readNumbering(r io.Reader) (n numbering, err error) {
	var sizes [2]int64
	if err := ranks.ReadValues(r, "the whole log's sizes", sizes[:]); err != nil {
		return n, fmt.Errorf("read a numbering: %w", err)
	}
	for i, name := range []string{"shoppers", "items"} {
		if sizes[i] < 0 || sizes[i] > math.MaxInt32 {
			return n, fmt.Errorf("read a numbering: the whole log has %d %s; it must be from 0 to %d", sizes[i], name, math.MaxInt32)
		}
	}
	n.ofUsers, n.ofItems = int(sizes[0]), int(sizes[1])
	if n.users, err = ranks.ReadSlice[int32](r, "the numbers of shoppers"); err != nil {
		return n, fmt.Errorf("read a numbering: %w", err)
	}
	if n.items, err = ranks.ReadSlice[int32](r, "the numbers of items"); err != nil {
		return n, fmt.Errorf("read a numbering: %w", err)
	}
	for _, side := range []struct {
		numbers []int32
		of      int
	}{{n.users, n.ofUsers}, {n.items, n.ofItems}} {
		last := int32(-1)
		for _, number := range side.numbers {
			if number <= last || int(number) >= side.of {
				return n, fmt.Errorf("read a numbering: %d comes after %d, of %d", number, last, side.of)
			}
			last = number
		}
	}
	return n, nil
}
