package search

import (
	"math/rand/v2"

	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// space is what a trial draws each setting from.
type space struct {
	name   string // as train.yaml names it
	values []float64
	set    func(*learn.Settings, float64)
	get    func(learn.Settings) float64
}

var spaces = []space{
	{"rank", []float64{32, 64, 96, 128}, func(s *learn.Settings, v float64) { s.Rank = int(v) }, func(s learn.Settings) float64 { return float64(s.Rank) }},
	{"factorisation.regularisation", []float64{.001, .003, .01, .03, .1}, func(s *learn.Settings, v float64) { s.Factorisation.Regularisation = v }, func(s learn.Settings) float64 { return s.Factorisation.Regularisation }},
	{"factorisation.unobserved_weight", []float64{.01, .03, .1, .3, 1}, func(s *learn.Settings, v float64) { s.Factorisation.UnobservedWeight = v }, func(s learn.Settings) float64 { return s.Factorisation.UnobservedWeight }},
	{"neighbours", []float64{50, 100, 200}, func(s *learn.Settings, v float64) { s.Neighbours = int(v) }, func(s learn.Settings) float64 { return float64(s.Neighbours) }},
	{"neighbour_ridge", []float64{1, 3, 10, 30, 100}, func(s *learn.Settings, v float64) { s.NeighbourRidge = v }, func(s learn.Settings) float64 { return s.NeighbourRidge }},
	{"history_half_life_days", []float64{30, 60, 120, 240, 480}, func(s *learn.Settings, v float64) { s.HistoryHalfLifeDays = v }, func(s learn.Settings) float64 { return s.HistoryHalfLifeDays }},
	{"popularity_half_life_days", []float64{3, 7, 14, 28}, func(s *learn.Settings, v float64) { s.PopularityHalfLifeDays = v }, func(s learn.Settings) float64 { return s.PopularityHalfLifeDays }},
	{"trend_half_life_days", []float64{120, 240, 480}, func(s *learn.Settings, v float64) { s.TrendHalfLifeDays = v }, func(s learn.Settings) float64 { return s.TrendHalfLifeDays }},
	{"saturation", []float64{1, 2, 4, 8, 16}, func(s *learn.Settings, v float64) { s.Saturation = v }, func(s learn.Settings) float64 { return s.Saturation }},
}

// Values are the settings that trials differ in, by their names in train.yaml.
func Values(s learn.Settings) map[string]float64 {
	values := map[string]float64{}
	for _, space := range spaces {
		values[space.name] = space.get(s)
	}
	return values
}

// propose returns the settings of a trial. It leaves nothing for a night to choose
// but the blend, which each trial has its own of.
func propose(base learn.Settings, seed uint64, number int) learn.Settings {
	base.Candidates = learn.Candidates{}
	if number == 0 {
		return base
	}
	source := rand.New(rand.NewPCG(seed, uint64(number)))
	for _, space := range spaces {
		space.set(&base, space.values[source.IntN(len(space.values))])
	}
	return base
}
