package evaluation

import (
	"maps"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// A Case is one shopper: what was known before, and what was bought afterwards.
type Case struct {
	User    string
	Profile model.Profile  // by rows of the model that is measured
	Truth   map[int32]bool // likewise; never empty
	New     map[int32]bool // what of the truth the shopper had not had before
}

// Cases returns a case for each shopper who has a profile in the log before the
// split, whom admit lets through, and who bought an item of that log from the
// split up to the day until. Profiles are decayed to the start of from, which
// is the day of the split. They ascend by shopper.
func Cases(log *interactions.Log, split interactions.Split, from, until events.Day, halfLifeDays float64, admit func(user string) bool) []Case {
	truths := map[int32]map[int32]bool{}
	for _, row := range split.After {
		user, item := split.Users[row.User], split.Items[row.Item]
		if !row.Bought || !row.Day.Before(until) || user < 0 || item < 0 || !admit(log.Users[row.User]) {
			continue
		}
		if truths[user] == nil {
			truths[user] = map[int32]bool{}
		}
		truths[user][item] = true
	}
	past := split.Before.Matrix(from, halfLifeDays, func(r interactions.Row) bool { return truths[r.User] != nil })
	cases := make([]Case, 0, len(truths))
	for user, truth := range truths {
		items, weights := past.Row(int(user))
		fresh := map[int32]bool{}
		for item := range truth {
			if _, seen := slices.BinarySearch(items, item); !seen {
				fresh[item] = true
			}
		}
		cases = append(cases, Case{User: split.Before.Users[user], Profile: model.Profile{Items: items, Weights: weights}, Truth: truth, New: fresh})
	}
	slices.SortFunc(cases, func(a, b Case) int {
		if a.User < b.User {
			return -1
		}
		return 1
	})
	return cases
}

// Newcomers returns a case without a profile for each shopper whom the log before
// the split doesn't know and who bought an item of it from the split up to the
// day until, ascending.
func Newcomers(log *interactions.Log, split interactions.Split, until events.Day) []Case {
	truths := map[int32]map[int32]bool{}
	for _, row := range split.After {
		item := split.Items[row.Item]
		if !row.Bought || !row.Day.Before(until) || split.Users[row.User] >= 0 || item < 0 {
			continue
		}
		if truths[row.User] == nil {
			truths[row.User] = map[int32]bool{}
		}
		truths[row.User][item] = true
	}
	cases := make([]Case, 0, len(truths))
	for _, user := range slices.Sorted(maps.Keys(truths)) {
		cases = append(cases, Case{User: log.Users[user], Truth: truths[user], New: truths[user]})
	}
	return cases
}

// ForModel returns cases by the rows of a model that knows fewer items than the
// log they are of: a bought item that it doesn't know counts against it, under a
// row that no list can hold; one of a profile adds nothing.
func ForModel(cases []Case, items []string, m *model.Model) []Case {
	rows := make([]int32, len(items))
	for i, id := range items {
		if row, ok := m.ItemIndex(id); ok {
			rows[i] = int32(row)
		} else {
			rows[i] = -1 - int32(i)
		}
	}
	translated := func(truth map[int32]bool) map[int32]bool {
		out := make(map[int32]bool, len(truth))
		for item := range truth {
			out[rows[item]] = true
		}
		return out
	}
	out := make([]Case, len(cases))
	for i, c := range cases {
		out[i] = Case{User: c.User, Truth: translated(c.Truth), New: translated(c.New)}
		for n, item := range c.Profile.Items {
			if row := rows[item]; row >= 0 {
				out[i].Profile.Items = append(out[i].Profile.Items, row)
				out[i].Profile.Weights = append(out[i].Profile.Weights, c.Profile.Weights[n])
			}
		}
	}
	return out
}

// Everyone admits every shopper.
func Everyone(string) bool { return true }
