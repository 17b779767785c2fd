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
	users, items := numbers{}, numbers{}
	var days [][]Row
	for i, t := range ordered {
		if i == 0 || t.Day != ordered[i-1].Day {
			days = append(days, nil)
		}
		if ratings && t.Value < ratingThreshold {
			continue
		}
		today := &days[len(days)-1]
		*today = append(*today, Row{Day: t.Day, User: users.of(t.User), Item: items.of(t.Item), Weight: 1, Bought: true})
	}
	log := &Log{TimeZone: "UTC", Events: len(triples)}
	newPart(days, users.names(), items.names()).fill(log)
	return log
}

// numbers are those of ids, as they come.
type numbers map[string]int32

func (n numbers) of(id string) int32 {
	number, ok := n[id]
	if !ok {
		number = int32(len(n))
		n[id] = number
	}
	return number
}

// names are the ids by number.
func (n numbers) names() []string {
	names := make([]string, len(n))
	for id, number := range n {
		names[number] = id
	}
	return names
}
