package learn

import (
	"slices"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/content"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// Prior says what an item that few shoppers have had is given by items of like
// titles and categories, so that it can be shown.
type Prior struct {
	// Shoppers is how many shoppers an item must have had to be known by them
	// alone. One with fewer is given the square of the share that is lacking. 0
	// gives nothing.
	Shoppers int `yaml:"shoppers"`
	// Days is how long before the as-of the catalogue may have listed an item first
	// that nobody has had since; older ones are left out.
	Days int `yaml:"days"`
	// Alike is how many like items speak for one.
	Alike int `yaml:"alike"`
	// ItemItem is what having a like item adds, beside what its neighbours add.
	ItemItem float64 `yaml:"item_item"`
	// Popularity is the share of like items' popularity that is given.
	Popularity float64 `yaml:"popularity"`
}

// alikeHalf is how much likeness, a sum of cosines, lets like items speak with
// half their voice: one that is a little like another says little of it.
const alikeHalf = 0.5

// given are the items that an item is given something of, each by its share.
type given struct {
	item   int32
	from   []int32
	shares []float64 // sum to less than 1
}

// priors are what items are given, ascending by item.
type priors struct {
	settings Prior
	items    []given
}

// newPriors finds what each item with few shoppers in the admitted rows is given.
func newPriors(in Input, settings Prior, admit func(interactions.Row) bool) priors {
	p := priors{settings: settings}
	if settings.Shoppers == 0 {
		return p
	}
	shoppers := shoppersOf(in.Log, func(r interactions.Row) bool { return r.Weight > 0 && admit(r) })
	said := make([]content.Item, len(in.Log.Items))
	for i, id := range in.Log.Items {
		facts := in.Items(id)
		said[i] = content.Item{Title: facts.Title, Category: facts.Category}
	}
	finder := content.NewCatalogue(said).NewFinder()
	known := func(item int32) bool { return shoppers[item] >= settings.Shoppers }
	for item := range int32(len(in.Log.Items)) {
		if known(item) {
			continue
		}
		alike := finder.Nearest(int(item), settings.Alike, known)
		var likeness float64
		for _, a := range alike {
			likeness += a.Cosine
		}
		lacking := 1 - float64(shoppers[item])/float64(settings.Shoppers)
		g := given{item: item}
		for _, a := range alike {
			g.from = append(g.from, a.Item)
			g.shares = append(g.shares, lacking*lacking*a.Cosine/(likeness+alikeHalf))
		}
		if len(alike) > 0 {
			p.items = append(p.items, g)
		}
	}
	return p
}

// popularity adds to popularities what items are given.
func (p priors) popularity(popularity []float32) {
	for _, g := range p.items {
		var sum float64
		for n, from := range g.from {
			sum += g.shares[n] * float64(popularity[from])
		}
		popularity[g.item] += float32(p.settings.Popularity * sum)
	}
}

// factors adds to item factors [items, rank] what items are given.
func (p priors) factors(factors []float32, rank int) {
	for _, g := range p.items {
		own := factors[int(g.item)*rank : (int(g.item)+1)*rank]
		for n, from := range g.from {
			for d, value := range factors[int(from)*rank : (int(from)+1)*rank] {
				own[d] += float32(g.shares[n]) * value
			}
		}
	}
}

// itemItem returns item-to-item weights with what items are given: what speaks for
// the like ones speaks for them, and so do the like ones.
func (p priors) itemItem(weights model.CSR, neighbours int) model.CSR {
	if len(p.items) == 0 {
		return weights
	}
	items := len(weights.Indptr) - 1
	targets := interactions.Transpose(weights, items)
	out := model.CSR{Indptr: make([]int64, 1, items+1)}
	sums := make([]float32, items)
	next := 0
	for item := range items {
		columns, values := targets.Row(item)
		if next < len(p.items) && int(p.items[next].item) == item {
			columns, values = p.target(p.items[next], targets, neighbours, sums)
			next++
		}
		out.Indices, out.Weights = append(out.Indices, columns...), append(out.Weights, values...)
		out.Indptr = append(out.Indptr, int64(len(out.Indices)))
	}
	return interactions.Transpose(out, items)
}

// target returns what speaks for an item, at most so many neighbours beyond those
// that it has; sums [items] are 0 before and after.
func (p priors) target(g given, targets model.CSR, neighbours int, sums []float32) (columns []int32, values []float32) {
	var touched []int32
	add := func(column int32, value float32) {
		if column == g.item || value == 0 {
			return
		}
		if sums[column] == 0 {
			touched = append(touched, column)
		}
		sums[column] += value
	}
	own, weights := targets.Row(int(g.item))
	for n, column := range own {
		add(column, weights[n])
	}
	for n, from := range g.from {
		share := float32(g.shares[n])
		add(from, share*float32(p.settings.ItemItem))
		columns, values := targets.Row(int(from))
		for m, column := range columns {
			add(column, share*values[m])
		}
	}
	slices.Sort(touched)
	touched = slices.Compact(touched)
	columns = weightiestOf(touched, sums, len(own)+neighbours)
	for _, column := range columns {
		values = append(values, sums[column])
	}
	for _, column := range touched {
		sums[column] = 0
	}
	return columns, values
}

// weightiestOf returns the columns with the largest sums, at most so many,
// ascending; of equals the lower.
func weightiestOf(columns []int32, sums []float32, most int) []int32 {
	if len(columns) <= most {
		return columns
	}
	kept := slices.Clone(columns)
	slices.SortStableFunc(kept, func(a, b int32) int {
		switch {
		case sums[a] > sums[b]:
			return -1
		case sums[a] < sums[b]:
			return 1
		}
		return 0
	})
	kept = kept[:most]
	slices.Sort(kept)
	return kept
}
