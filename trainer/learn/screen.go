package learn

import (
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// Screen says what of a shop's interactions is not learned from. Its zero value
// lets everything through.
type Screen struct {
	// Delisted items are left out of the model altogether.
	Delisted []string `yaml:"delisted"`
	// OutOfStock leaves out, as if delisted, the items that the catalogue says are
	// out of stock at the as-of. Without it they are learned and shown, but to
	// requests that ask for what is in stock.
	OutOfStock bool `yaml:"out_of_stock"`
	// MostPerShopper is how many of a shopper's interactions count, the newest, so
	// that a bot or a reseller doesn't speak for the shop; 0 for all.
	MostPerShopper int `yaml:"most_per_shopper"`
	// LeastShoppers is how many shoppers an item must have had to be learned, and
	// LeastItems how many items a shopper; those with fewer are left out. 0 and 1
	// leave out none. Items are counted first, each once.
	LeastShoppers int `yaml:"least_shoppers"`
	LeastItems    int `yaml:"least_items"`
}

// apply returns the input without what the screen takes out. What the holdout
// group did in its last days decides nothing for others, as it counts for no
// item.
func (s Screen) apply(in Input) (Input, error) {
	log := in.Log
	if len(s.Delisted) > 0 || s.OutOfStock {
		gone := make([]bool, len(log.Items))
		for i, id := range log.Items {
			gone[i] = s.hides(id, in.Items(id))
		}
		log = log.Filter(func(_ int, r interactions.Row) bool { return !gone[r.Item] })
	}
	if s.MostPerShopper > 0 {
		log = newest(log, s.MostPerShopper)
	}
	if s.LeastShoppers > 1 {
		in.Log = log
		withheld := in.withheld()
		shoppers := shoppersOf(log, func(r interactions.Row) bool { return !withheld(r) })
		log = log.Filter(func(_ int, r interactions.Row) bool { return shoppers[r.Item] >= s.LeastShoppers })
	}
	if s.LeastItems > 1 {
		items := itemsOf(log)
		log = log.Filter(func(_ int, r interactions.Row) bool { return items[r.User] >= s.LeastItems })
	}
	if len(log.Rows) == 0 {
		return Input{}, fmt.Errorf("%w: screen takes out all %d of them; lower screen.least_shoppers or screen.least_items, or delist less",
			interactions.ErrEmpty, len(in.Log.Rows))
	}
	in.Log = log
	return in, nil
}

// hides says whether an item is left out whoever had it.
func (s Screen) hides(id string, facts ItemFacts) bool {
	return slices.Contains(s.Delisted, id) || s.OutOfStock && facts.Known && !facts.InStock
}

// newest keeps each shopper's newest rows, at most so many; of a day's, the first
// by item.
func newest(log *interactions.Log, most int) *interactions.Log {
	left := make([]int, len(log.Users))
	for i := range left {
		left[i] = most
	}
	keep := make([]bool, len(log.Rows))
	for end := len(log.Rows); end > 0; { // by day, the newest first
		begin := end
		for begin > 0 && log.Rows[begin-1].Day == log.Rows[end-1].Day {
			begin--
		}
		for place := begin; place < end; place++ {
			if user := log.Rows[place].User; left[user] > 0 {
				left[user]--
				keep[place] = true
			}
		}
		end = begin
	}
	return log.Filter(func(place int, _ interactions.Row) bool { return keep[place] })
}
