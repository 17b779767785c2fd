package interactions

import (
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
)

// A Row is what one shopper did with one item on one day.
type Row struct {
	Day    events.Day
	User   int32 // index into Log.Users
	Item   int32 // index into Log.Items
	Weight float32
	Bought bool // it counts as truth when a model is measured
}

// A Log is the interactions of a span of days. It isn't changed once made.
type Log struct {
	Users  []string // ascending
	Items  []string // ascending
	Rows   []Row    // by day, then user, then item; each of them once
	Events int      // the events that the rows were made of
	Days   []model.DayDigest
	// TimeZone is the shop's, which says what a day is.
	TimeZone string

	origin *origin // nil: it wasn't read by several ranks
}

// A Split is a log cut at the start of a day.
type Split struct {
	Before *Log  // with only the shoppers and items that it has rows of
	After  []Row // of the whole log
	// Users and Items give the index in Before of each shopper and item of the
	// whole log, or -1 for those it has nothing of.
	Users, Items []int32
}

// SplitAt cuts the log at the start of a day.
func (l *Log) SplitAt(day events.Day) Split {
	cut, _ := slices.BinarySearchFunc(l.Rows, day, func(r Row, day events.Day) int {
		if r.Day.Before(day) {
			return -1
		}
		return 1
	})
	users, items := make([]int32, len(l.Users)), make([]int32, len(l.Items))
	for _, row := range l.Rows[:cut] {
		users[row.User], items[row.Item] = 1, 1
	}
	before := &Log{
		Users:    compact(l.Users, users),
		Items:    compact(l.Items, items),
		Rows:     make([]Row, cut),
		TimeZone: l.TimeZone,
		origin:   l.origin,
	}
	for i, row := range l.Rows[:cut] {
		row.User, row.Item = users[row.User], items[row.Item]
		before.Rows[i] = row
	}
	for _, digest := range l.Days {
		if digest.Day < day.String() {
			before.Days = append(before.Days, digest)
		}
	}
	before.Events = cut
	return Split{Before: before, After: l.Rows[cut:], Users: users, Items: items}
}

// compact returns the ids that are marked and turns the marks into their new
// indices, -1 for those that are not.
func compact(ids []string, marks []int32) []string {
	var kept []string
	for i := range marks {
		if marks[i] == 0 {
			marks[i] = -1
			continue
		}
		marks[i] = int32(len(kept))
		kept = append(kept, ids[i])
	}
	return kept
}

// First and Last are the days of the first and the last row. The log must have
// rows.
func (l *Log) First() events.Day { return l.Rows[0].Day }

// Last is the day of the last row.
func (l *Log) Last() events.Day { return l.Rows[len(l.Rows)-1].Day }

// Decay returns what an interaction's weight is multiplied with when it is age
// days old.
func Decay(age int, halfLifeDays float64) float32 {
	return float32(math.Exp2(-float64(age) / halfLifeDays))
}

// DecayOn returns a function that gives the decay of what happened on a day, as
// seen at the start of asOf. It remembers the last day, as rows come by day.
func DecayOn(asOf events.Day, halfLifeDays float64) func(events.Day) float32 {
	last, factor := asOf, Decay(-1, halfLifeDays)
	return func(day events.Day) float32 {
		if day != last {
			last, factor = day, Decay(asOf.Sub(day)-1, halfLifeDays)
		}
		return factor
	}
}

// Matrix returns the decayed weights [users, items] of the rows that admit lets
// through, as seen at the start of asOf: what happened the day before weighs in
// full. Columns ascend within a row.
func (l *Log) Matrix(asOf events.Day, halfLifeDays float64, admit func(Row) bool) model.CSR {
	entries := make([]entry, 0, len(l.Rows))
	decay := DecayOn(asOf, halfLifeDays)
	for _, row := range l.Rows {
		if row.Weight > 0 && admit(row) {
			entries = append(entries, entry{row.User, row.Item, row.Weight * decay(row.Day)})
		}
	}
	return matrixOf(byUserAndItem(entries, len(l.Users), len(l.Items)), len(l.Users))
}

// matrixOf returns the matrix of entries by user and item; the weights of a cell
// are added up in their order.
func matrixOf(entries []entry, users int) model.CSR {
	matrix := model.CSR{Indptr: make([]int64, users+1)}
	previous := entry{user: -1}
	for _, e := range entries {
		last := len(matrix.Weights) - 1
		if e.user == previous.user && e.item == previous.item {
			matrix.Weights[last] += e.weight
			continue
		}
		matrix.Indices = append(matrix.Indices, e.item)
		matrix.Weights = append(matrix.Weights, e.weight)
		matrix.Indptr[e.user+1]++
		previous = e
	}
	for u := range users {
		matrix.Indptr[u+1] += matrix.Indptr[u]
	}
	return matrix
}

// All admits every row.
func All(Row) bool { return true }

// Transpose returns the matrix with its rows as columns; it has columns rows.
// Indices ascend within a row.
func Transpose(m model.CSR, columns int) model.CSR { return TransposePart(m, 0, columns) }

// TransposePart is Transpose of the columns from begin up to end alone.
func TransposePart(m model.CSR, begin, end int) model.CSR {
	place := func(column int32) (place int, ok bool) {
		place = int(column) - begin
		return place, uint(place) < uint(end-begin)
	}
	// Where a row ends is counted two places on, so that one place on is where it begins: while entries are put
	// there this moves to where it ends, which is where it belongs.
	ends := make([]int64, end-begin+2)
	for _, column := range m.Indices {
		if place, ok := place(column); ok {
			ends[place+2]++
		}
	}
	for c := range end - begin {
		ends[c+2] += ends[c+1]
	}
	t := model.CSR{
		Indptr: ends[:end-begin+1], Indices: make([]int32, ends[end-begin+1]), Weights: make([]float32, ends[end-begin+1]),
	}
	next := ends[1:]
	for row := range len(m.Indptr) - 1 {
		indices, weights := m.Row(row)
		for i, column := range indices {
			if place, ok := place(column); ok {
				t.Indices[next[place]], t.Weights[next[place]] = int32(row), weights[i]
				next[place]++
			}
		}
	}
	return t
}
