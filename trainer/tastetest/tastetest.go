// Package tastetest makes small logs of shoppers with tastes for tests.
package tastetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// Start is the first day of every log.
var Start = events.NewDay(2024, 1, 1)

// Shop says how large a log is.
type Shop struct {
	Users, Items, Tastes, Days int
	PerDay                     int // purchases a day
	Seed                       uint64
}

// Triples returns the shop's purchases. A shopper buys, four times out of five,
// among the items of one taste, and every third time something bought before.
func (s Shop) Triples() []interactions.Triple {
	source := rand.New(rand.NewPCG(s.Seed, 7))
	var triples []interactions.Triple
	past := make([][]int, s.Users)
	for day := range s.Days {
		for range s.PerDay {
			user := source.IntN(s.Users)
			item := source.IntN(s.Items)
			switch {
			case len(past[user]) > 0 && source.IntN(3) == 0:
				item = past[user][source.IntN(len(past[user]))]
			case source.IntN(5) > 0:
				item = item/s.Tastes*s.Tastes + user%s.Tastes
				item = min(item, s.Items-1)
			}
			past[user] = append(past[user], item)
			triples = append(triples, interactions.Triple{
				User: fmt.Sprintf("shopper-%03d", user), Item: fmt.Sprintf("item-%03d", item), Value: 1, Day: Start.AddDays(day),
			})
		}
	}
	return triples
}

// Log returns the shop's purchases as a log.
func (s Shop) Log() *interactions.Log { return interactions.FromRows(s.Triples(), 0) }

// Small is a shop that trains in a moment.
var Small = Shop{Users: 60, Items: 50, Tastes: 5, Days: 40, PerDay: 30, Seed: 1}
