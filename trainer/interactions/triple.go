package interactions

import (
	"cmp"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
)

// A Triple is one row of a table of any data.
type Triple struct {
	User, Item string
	Value      float64
	Day        events.Day
}

// FromRows makes a log of a table. Where the values differ from each other they
// are ratings, and those below the threshold are left out; else every row counts.
func FromRows(triples []Triple, ratingThreshold float64) *Log {
	ratings := slices.ContainsFunc(triples, func(t Triple) bool { return t.Value != triples[0].Value })
	ordered := slices.Clone(triples)
	slices.SortStableFunc(ordered, func(a, b Triple) int { return cmp.Compare(a.Day.Sub(b.Day), 0) })
	b := newBuilder()
	log := &Log{TimeZone: "UTC", Events: len(triples)}
	for begin := 0; begin < len(ordered); {
		end := begin
		first := len(b.rows)
		for ; end < len(ordered) && ordered[end].Day == ordered[begin].Day; end++ {
			t := ordered[end]
			if ratings && t.Value < ratingThreshold {
				continue
			}
			b.rows = append(b.rows, Row{
				Day: t.Day, User: number(b.users, &b.userNames, t.User), Item: number(b.items, &b.itemNames, t.Item),
				Weight: 1, Bought: true,
			})
		}
		b.rows = append(b.rows[:first], b.order.merge(b.rows[first:])...)
		begin = end
	}
	b.finish(log)
	return log
}
