package honesty

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// Shop is a simulated shop of which everything that a comparison may find is
// known.
type Shop struct {
	Users, Items, Styles int
	Days                 int
	OrdersPerDay         int
	LinesPerOrder        int
	RepeatShare          float64 // of the lines: what the shopper bought before
	// Drift is how far an item's appeal walks in a day: the standard deviation of
	// its logarithm. 0 is a stationary shop.
	Drift float64
	Seed  uint64
}

// start is the first day of every shop.
var start = events.NewDay(2024, 1, 1)

// triples returns the shop's purchases. Shoppers buy again, and else among the
// items of a few styles, in relation to the items' appeal. The number of orders
// is the same every day, and shoppers are drawn alike from the first day on.
func (s Shop) triples() []interactions.Triple {
	random := rand.New(rand.NewPCG(s.Seed, 0x7057))
	appeal := make([]float64, s.Items)
	for i := range appeal {
		appeal[i] = math.Pow(float64(i/s.Styles+1), -0.8)
	}
	past := make([][]int, s.Users)
	var triples []interactions.Triple
	for day := range s.Days {
		for i := range appeal {
			appeal[i] *= math.Exp(s.Drift * random.NormFloat64())
		}
		shelf := s.shelf(appeal)
		for range s.OrdersPerDay {
			user := random.IntN(s.Users)
			for range 1 + random.IntN(2*s.LinesPerOrder-1) {
				item := s.choose(random, user, past[user], shelf)
				past[user] = append(past[user], item)
				triples = append(triples, interactions.Triple{
					User: fmt.Sprintf("shopper-%04d", user), Item: fmt.Sprintf("item-%04d", item), Value: 1, Day: start.AddDays(day),
				})
			}
		}
	}
	return triples
}

// shelf returns each style's cumulated appeal, over the items of the style.
func (s Shop) shelf(appeal []float64) [][]float64 {
	shelf := make([][]float64, s.Styles)
	for i, a := range appeal {
		style := i % s.Styles
		if n := len(shelf[style]); n > 0 {
			a += shelf[style][n-1]
		}
		shelf[style] = append(shelf[style], a)
	}
	return shelf
}

// choose returns an item of one of the user's two styles, or one bought before.
func (s Shop) choose(random *rand.Rand, user int, past []int, shelf [][]float64) int {
	if len(past) > 0 && random.Float64() < s.RepeatShare {
		return past[random.IntN(len(past))]
	}
	style := user % s.Styles
	if random.IntN(3) == 0 {
		style = (user / s.Styles) % s.Styles
	}
	until := shelf[style]
	point := random.Float64() * until[len(until)-1]
	at := 0
	for until[at] < point {
		at++
	}
	return at*s.Styles + style
}

// shuffled returns the triples with those of one day given to other shoppers of
// the same day, line by line: what a broken join leaves. The holdout group's stay
// theirs, as others would else carry into the model what it is measured on.
func shuffled(triples []interactions.Triple, day events.Day, group holdout.Group, seed uint64) []interactions.Triple {
	random := rand.New(rand.NewPCG(seed, 0x5f))
	var places []int
	out := make([]interactions.Triple, len(triples))
	for i, t := range triples {
		out[i] = t
		if t.Day == day && !group.Contains(t.User) {
			places = append(places, i)
		}
	}
	for n, other := range random.Perm(len(places)) {
		out[places[n]].User = triples[places[other]].User
	}
	return out
}
