package interactions

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// origin is what several ranks have read together, of which a log has all rows or
// some.
type origin struct {
	log     *Log // as it was read
	reading reading
	days    []events.Day
	sizes   []int // events, by day
}

// rowsOf returns the rows that a rank has read.
func (o *origin) rowsOf(rank, of int) (begin, end int) {
	first, last := deal(o.sizes, of, rank)
	before := func(day int) int {
		if day == len(o.days) {
			return len(o.log.Rows)
		}
		row, _ := slices.BinarySearchFunc(o.log.Rows, o.days[day], func(r Row, day events.Day) int { return r.Day.Compare(day) })
		return row
	}
	return before(first), before(last)
}

// A Source says how ranks make the rows of a matrix of a log that they have read
// together: each has some of the log's rows, and gives them straight to those whose
// they are. Every rank is told of it, as JSON.
type Source struct {
	Reading      reading
	AsOf         events.Day // with HalfLifeDays, as Matrix has them
	HalfLifeDays float64
	Saturated    bool
	Saturation   float64
	Users, Items int // of the matrix

	log   *Log // these two are rank 0's alone
	admit func(Row) bool
}

// Source is where ranks have the matrix from that Matrix returns for the same
// arguments. It is nil where the log wasn't read by several.
func (l *Log) Source(asOf events.Day, halfLifeDays float64, admit func(Row) bool) *Source {
	if l.origin == nil {
		return nil
	}
	return &Source{
		Reading: l.origin.reading, AsOf: asOf, HalfLifeDays: halfLifeDays, Users: len(l.Users), Items: len(l.Items), log: l, admit: admit,
	}
}

// Saturate is the source of the matrix with each weight saturated.
func (s *Source) Saturate(saturation float64) *Source {
	if s == nil {
		return nil
	}
	saturated := *s
	saturated.Saturated, saturated.Saturation = true, saturation
	return &saturated
}

// entries makes entries of the matrix, by user and item, of rows of the log as it
// was read.
func (s *Source) entries(rows []Row, chosen selection) []entry {
	var made []entry
	decay := DecayOn(s.AsOf, s.HalfLifeDays)
	for i, row := range rows {
		if chosen.rows[i] {
			made = append(made, entry{chosen.users[row.User], chosen.items[row.Item], row.Weight * decay(row.Day)})
		}
	}
	return byUserAndItem(made, s.Users, s.Items)
}

// selection says which rows of a log, as it was read, are in a matrix, and what
// their shoppers and items are numbered there.
type selection struct {
	rows         []bool
	users, items []int32 // −1: not there
}

// selection returns that of all rows.
func (s *Source) selection() (selection, error) {
	whole := s.log.origin.log
	chosen := selection{
		rows: make([]bool, len(whole.Rows)), users: renumbered(whole.Users, s.log.Users), items: renumbered(whole.Items, s.log.Items),
	}
	left := s.log.Rows
	for i, row := range whole.Rows {
		if len(left) == 0 {
			break
		}
		next := left[0]
		if row.Day == next.Day && chosen.users[row.User] == next.User && chosen.items[row.Item] == next.Item {
			chosen.rows[i] = next.Weight > 0 && s.admit(next)
			left = left[1:]
		}
	}
	if len(left) > 0 {
		return selection{}, fmt.Errorf("%d rows of a log are not among those that were read", len(left))
	}
	return chosen, nil
}

// renumbered returns which numbers ids have among others, both ascending; −1 where
// they aren't there.
func renumbered(ids, others []string) []int32 {
	numbers := make([]int32, len(ids))
	at := 0
	for i, id := range ids {
		for at < len(others) && others[at] < id {
			at++
		}
		numbers[i] = -1
		if at < len(others) && others[at] == id {
			numbers[i] = int32(at)
		}
	}
	return numbers
}

// write sends the selection of the rows from begin up to end, into a matrix with
// numbers of users and items.
func (c selection) write(w io.Writer, begin, end, users, items int) error {
	if err := writeBits(w, c.rows[begin:end]); err != nil {
		return err
	}
	if err := writeNumbers(w, c.users, users); err != nil {
		return err
	}
	return writeNumbers(w, c.items, items)
}

// readSelection reads what write sent, for as many rows, shoppers and items as a
// share has.
func readSelection(r io.Reader, share *Share, source *Source) (c selection, err error) {
	if c.rows, err = readBits(r, len(share.rows)); err != nil {
		return c, fmt.Errorf("read which interactions count: %w", err)
	}
	if c.users, err = readNumbers(r, share.users, source.Users); err != nil {
		return c, fmt.Errorf("read the numbers of shoppers: %w", err)
	}
	if c.items, err = readNumbers(r, share.items, source.Items); err != nil {
		return c, fmt.Errorf("read the numbers of items: %w", err)
	}
	for i, row := range share.rows {
		if c.rows[i] && (c.users[row.User] < 0 || c.items[row.Item] < 0) {
			return c, fmt.Errorf("interaction %d counts, though its shopper or item has no number", i)
		}
	}
	return c, nil
}

// writeNumbers sends ascending numbers below n, or −1, as two sets of bits: which of
// them there are, and which of all n they are.
func writeNumbers(w io.Writer, numbers []int32, n int) error {
	have, used := make([]bool, len(numbers)), make([]bool, n)
	for i, number := range numbers {
		if number >= 0 {
			have[i], used[number] = true, true
		}
	}
	if err := writeBits(w, have); err != nil {
		return err
	}
	return writeBits(w, used)
}

func readNumbers(r io.Reader, count, n int) ([]int32, error) {
	have, err := readBits(r, count)
	if err != nil {
		return nil, err
	}
	used, err := readBits(r, n)
	if err != nil {
		return nil, err
	}
	numbers := make([]int32, count)
	next := 0
	for i := range numbers {
		numbers[i] = -1
		if !have[i] {
			continue
		}
		for next < n && !used[next] {
			next++
		}
		if next == n {
			return nil, errors.New("there are more of them than numbers")
		}
		numbers[i] = int32(next)
		next++
	}
	return numbers, nil
}

func writeBits(w io.Writer, bits []bool) error {
	packed := make([]uint8, (len(bits)+7)/8)
	for i, bit := range bits {
		if bit {
			packed[i/8] |= 1 << (i % 8)
		}
	}
	if err := ranks.WriteValues(w, []int64{int64(len(bits))}); err != nil {
		return err
	}
	return ranks.WriteValues(w, packed)
}

func readBits(r io.Reader, want int) ([]bool, error) {
	var count [1]int64
	if err := ranks.ReadValues(r, "the number of bits", count[:]); err != nil {
		return nil, err
	}
	if count[0] != int64(want) {
		return nil, fmt.Errorf("rank 0 has %d, this rank %d: mount the same events on every rank, and leave them alone while ranks train", count[0], want)
	}
	packed := make([]uint8, (want+7)/8)
	if err := ranks.ReadValues(r, "bits", packed); err != nil {
		return nil, err
	}
	bits := make([]bool, want)
	for i := range bits {
		bits[i] = packed[i/8]>>(i%8)&1 != 0
	}
	return bits, nil
}

// saturate does to a matrix what Saturate promises of it.
func (s *Source) saturate(m model.CSR) {
	if !s.Saturated {
		return
	}
	for i, weight := range m.Weights {
		m.Weights[i] = model.Saturate(weight, s.Saturation)
	}
}
