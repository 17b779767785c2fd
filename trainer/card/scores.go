package card

import "slices"

// places are those of a list whose scores are shown.
var places = [...]int{1, 5, K}

const bins = 40

// Scores is the distribution of the score at one place of the lists: how many of
// them have a score in each of equally wide bins. All places have the same bins.
type Scores struct {
	Place  int     `json:"place"` // 1 is the first
	Lower  float64 `json:"lower"` // where the first bin begins
	Upper  float64 `json:"upper"` // where the last bin ends; higher scores are in it too
	Median float64 `json:"median"`
	Counts []int   `json:"counts"`
}

// scores gives the distribution at each of the places that any list reaches.
func scores(lists []list) []Scores {
	var at [len(places)][]float64
	for _, list := range lists {
		for p, place := range places {
			if place <= len(list.items) {
				at[p] = append(at[p], float64(list.items[place-1].Score))
			}
		}
	}
	lower, upper := 0.0, 0.0
	for _, values := range at {
		slices.Sort(values)
		if len(values) > 0 {
			lower = min(lower, values[0])
			upper = max(upper, values[len(values)*98/100]) // a few high ones would squeeze the rest
		}
	}
	if upper <= lower {
		upper = lower + 1
	}
	var distributions []Scores
	for p, values := range at {
		if len(values) == 0 {
			continue
		}
		s := Scores{Place: places[p], Lower: lower, Upper: upper, Median: values[len(values)/2], Counts: make([]int, bins)}
		for _, value := range values {
			bin := int((value - lower) / (upper - lower) * bins)
			s.Counts[min(bin, bins-1)]++
		}
		distributions = append(distributions, s)
	}
	return distributions
}
