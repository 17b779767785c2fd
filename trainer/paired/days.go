package paired

import (
	"context"
	"maps"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// A Day is one day's purchases of the group's shoppers, with what was known of
// them before it.
type Day struct {
	Day      events.Day
	Shoppers []Shopper
}

// A Shopper is one of a day's shoppers, by item ids, as models number items
// differently.
type Shopper struct {
	User    string
	History []Entry // each item once
	Bought  []string
}

// An Entry is an item of a shopper's history with the days before the measured
// one that it was used on, and how much each weighs undecayed.
type Entry struct {
	Item    string
	Ages    []int // in days; 0 is the day before
	Weights []float32
}

// Days returns the days of the group's last window before asOf on which anybody
// of it who had a history bought something. The log must hold the events of the
// days before asOf.
func Days(log *interactions.Log, asOf events.Day, group holdout.Group) []Day {
	members := histories(log, asOf, group.Contains)
	var days []Day
	for day := asOf.AddDays(-holdout.Days); day.Before(asOf); day = day.AddDays(1) {
		if shoppers := shoppersOf(log, members, day); len(shoppers) > 0 {
			days = append(days, Day{Day: day, Shoppers: shoppers})
		}
	}
	return days
}

// Everyone returns a day of all shoppers, not only the holdout group's.
func Everyone(log *interactions.Log, day events.Day) Day {
	all := histories(log, day.AddDays(1), evaluation.Everyone)
	return Day{Day: day, Shoppers: shoppersOf(log, all, day)}
}

// histories returns the rows before a day by shopper, of those that admit lets
// through.
func histories(log *interactions.Log, before events.Day, admit func(user string) bool) map[int32][]interactions.Row {
	admitted := make([]bool, len(log.Users))
	for u, id := range log.Users {
		admitted[u] = admit(id)
	}
	rows := map[int32][]interactions.Row{}
	for _, row := range log.Rows {
		if admitted[row.User] && row.Day.Before(before) {
			rows[row.User] = append(rows[row.User], row)
		}
	}
	return rows
}

// shoppersOf returns those of the group who bought on a day and had a history
// before it, ascending.
func shoppersOf(log *interactions.Log, byUser map[int32][]interactions.Row, day events.Day) []Shopper {
	var shoppers []Shopper
	for user, rows := range byUser {
		shopper := Shopper{User: log.Users[user]}
		entries := map[int32]int{}
		for _, row := range rows {
			item := log.Items[row.Item]
			switch {
			case row.Day.Before(day):
				at, known := entries[row.Item]
				if !known {
					at = len(shopper.History)
					entries[row.Item] = at
					shopper.History = append(shopper.History, Entry{Item: item})
				}
				shopper.History[at].Ages = append(shopper.History[at].Ages, day.Sub(row.Day)-1)
				shopper.History[at].Weights = append(shopper.History[at].Weights, row.Weight)
			case row.Day == day && row.Bought:
				shopper.Bought = append(shopper.Bought, item)
			}
		}
		if len(shopper.History) > 0 && len(shopper.Bought) > 0 {
			shoppers = append(shoppers, shopper)
		}
	}
	slices.SortFunc(shoppers, func(a, b Shopper) int {
		if a.User < b.User {
			return -1
		}
		return 1
	})
	return shoppers
}

// cases returns the day's shoppers by the rows of a model. An item that the
// model doesn't know stays in the truth, under a row that no list can hold: not
// to know it is the model's fault. Items of the history it doesn't know add
// nothing.
func (d Day) cases(m *model.Model) []evaluation.Case {
	halfLife := m.Config().Scoring.HistoryHalfLifeDays
	cases := make([]evaluation.Case, len(d.Shoppers))
	for i, shopper := range d.Shoppers {
		c := evaluation.Case{User: shopper.User, Truth: map[int32]bool{}, New: map[int32]bool{}}
		seen := map[string]bool{}
		weights := map[int32]float32{}
		for _, entry := range shopper.History {
			seen[entry.Item] = true
			row, ok := m.ItemIndex(entry.Item)
			if !ok {
				continue
			}
			for n, age := range entry.Ages {
				weights[int32(row)] += entry.Weights[n] * interactions.Decay(age, halfLife)
			}
		}
		c.Profile.Items = slices.Sorted(maps.Keys(weights))
		for _, row := range c.Profile.Items {
			c.Profile.Weights = append(c.Profile.Weights, weights[row])
		}
		for n, item := range shopper.Bought {
			row, ok := m.ItemIndex(item)
			if !ok {
				row = -1 - n
			}
			c.Truth[int32(row)] = true
			if !seen[item] {
				c.New[int32(row)] = true
			}
		}
		cases[i] = c
	}
	return cases
}

// Summarise returns one model's metrics over all shoppers and days, each shopper
// of each day weighing the same, with segments.
func Summarise(ctx context.Context, m *model.Model, days []Day) (evaluation.Summary, error) {
	var cases []evaluation.Case
	for _, day := range days {
		cases = append(cases, day.cases(m)...)
	}
	shoppers, err := evaluation.Measure(ctx, m, cases, learn.K)
	if err != nil {
		return evaluation.Summary{}, err
	}
	segments, err := evaluation.Segments(ctx, m, cases, learn.K)
	if err != nil {
		return evaluation.Summary{}, err
	}
	summary := evaluation.Summarise(shoppers, learn.K)
	summary.Segments = evaluation.SegmentMeans(segments, learn.K)
	return summary, nil
}
