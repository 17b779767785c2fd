package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
)

// A shop says what is simulated.
type shop struct {
	Users, Items, Events int
}

// shops are those that can be asked for by name.
var shops = map[string]shop{
	"small":  {Users: 10_000, Items: 5_000, Events: 1_000_000},
	"medium": {Users: 100_000, Items: 20_000, Events: 10_000_000},
	"large":  {Users: 1_000_000, Items: 100_000, Events: 100_000_000},
}

const (
	tastes         = 100  // kinds of items
	tastesOfOne    = 4    // of a shopper
	faithful       = 0.8  // share of events within the shopper's tastes
	sampled        = 2000 // shoppers measured, at most, and as many that settings are chosen on
	withheld       = 5    // every so-manieth item of theirs is
	leastOfSampled = 10   // items
	// steepness of the power laws: place x of n has a share that falls with
	// x^(1/steepness − 1).
	steepness = 2.5
)

// simulate makes a problem to measure on and one to choose settings on: the same
// matrix, from which items of different shoppers are withheld. A shopper has a few
// tastes, an item is of one, and both shoppers' activity and items' popularity
// follow power laws.
func (s shop) simulate(name string, seed uint64) (measured, tuning *problem) {
	p := &problem{Name: name, Users: s.Users, Items: s.Items, ExcludeSeen: true}
	p.train.Indptr, p.truth.Indptr = make([]int64, 1, s.Users+1), []int64{0}
	p.train.Indices, p.train.Weights = make([]int32, 0, s.Events), make([]float32, 0, s.Events)
	tuning = &problem{truth: model.CSR{Indptr: []int64{0}}}
	each := max(2, s.Users/sampled)
	mean := float64(s.Events) / float64(s.Users)
	var took []int32
	for user := range s.Users {
		source := rand.New(rand.NewPCG(seed, uint64(user)))
		took = s.took(took[:0], source, mean)
		items, counts := counted(took)
		var of *problem
		switch user % each {
		case 0:
			of = p
		case each / 2:
			of = tuning
		}
		withholds := of != nil && len(of.sample) < sampled && len(items) >= leastOfSampled
		for i, item := range items {
			if withholds && (i+user)%withheld == 0 {
				of.truth.Indices = append(of.truth.Indices, item)
				of.truth.Weights = append(of.truth.Weights, 1)
				continue
			}
			p.train.Indices = append(p.train.Indices, item)
			p.train.Weights = append(p.train.Weights, counts[i])
		}
		p.train.Indptr = append(p.train.Indptr, int64(len(p.train.Indices)))
		if withholds {
			of.sample = append(of.sample, int32(user))
			of.truth.Indptr = append(of.truth.Indptr, int64(len(of.truth.Indices)))
		}
	}
	p.Entries = len(p.train.Indices)
	other := *p
	other.sample, other.truth = tuning.sample, tuning.truth
	return p, &other
}

// took appends the items of one shopper's events.
func (s shop) took(items []int32, source *rand.Rand, mean float64) []int32 {
	// The mean of a Pareto distribution with this shape is twice its least value.
	events := int(math.Min(mean/2/math.Sqrt(1-source.Float64()), 20*mean))
	var own [tastesOfOne]int
	for i := range own {
		own[i] = source.IntN(tastes)
	}
	perTaste := s.Items / tastes
	for range max(1, events) {
		place := math.Pow(source.Float64(), steepness)
		if source.Float64() < faithful {
			taste := own[int(math.Pow(source.Float64(), 1.5)*tastesOfOne)]
			items = append(items, int32(int(place*float64(perTaste))*tastes+taste))
		} else {
			items = append(items, int32(place*float64(s.Items)))
		}
	}
	return items
}

// counted returns the items, each once and ascending, and how often each came.
func counted(took []int32) (items []int32, counts []float32) {
	slices.Sort(took)
	for i, item := range took {
		if i > 0 && item == took[i-1] {
			counts[len(counts)-1]++
			continue
		}
		items, counts = append(items, item), append(counts, 1)
	}
	return items, counts
}

// row is the items of a sampled shopper that were withheld.
func row(m model.CSR, i int) []int32 {
	items, _ := m.Row(i)
	return items
}
