// Package blend chooses the weights of a model's four signals on shoppers whose
// purchases the model has not seen.
package blend

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

// The values that are tried for each weight, item-to-item being 1. Coarse on
// purpose: a week of one shop doesn't tell more.
var grids = []grid{
	{"popularity", func(b *model.BlendWeights) *float64 { return &b.Popularity }, []float64{0, 0.02, 0.05, 0.1, 0.2, 0.4, 1}},
	{"factors", func(b *model.BlendWeights) *float64 { return &b.Factors }, []float64{0, 0.1, 0.3, 0.6, 1, 2}},
	{"past", func(b *model.BlendWeights) *float64 { return &b.Past }, []float64{0, 0.1, 0.3, 0.6, 1, 1.5, 2.5, 4}},
	{"past_exponent", func(b *model.BlendWeights) *float64 { return &b.PastExponent }, []float64{0, 0.25, 0.5, 0.75, 1}},
	{"past_offset", func(b *model.BlendWeights) *float64 { return &b.PastOffset }, []float64{0.03, 0.1, 0.2, 0.4}},
}

type grid struct {
	name   string
	of     func(*model.BlendWeights) *float64
	values []float64
}

const (
	rounds = 2
	// margin is how much better, in NDCG all plus NDCG new, another value has to
	// be to be taken: less is noise.
	margin = 2e-4
	// candidatesPerSignal is how many items of each signal's top enter the search.
	candidatesPerSignal = 200
)

// Choose returns the weights, from start, that rank the cases best: coordinate
// ascent on NDCG@k of all purchases plus NDCG@k of new ones. m must have been
// learned from what came before the cases.
func Choose(ctx context.Context, m *model.Model, cases []evaluation.Case, k int, start model.BlendWeights) (model.BlendWeights, error) {
	shoppers := make([]shopper, len(cases))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range cases {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			shoppers[i], err = observe(m, c)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return model.BlendWeights{}, fmt.Errorf("choose the blend: %w", err)
	}
	best, top := start, objective(shoppers, start, k)
	for range rounds {
		for _, g := range grids {
			for _, value := range g.values {
				trial := best
				*g.of(&trial) = value
				if trial == best {
					continue
				}
				if got := objective(shoppers, trial, k); got > top+margin {
					best, top = trial, got
				}
			}
		}
	}
	return best, nil
}

// shopper is one case with the raw signals of the items that could come first.
type shopper struct {
	candidates []candidate
	all, fresh map[int32]bool
}

type candidate struct {
	item                                int32
	past, itemItem, factors, popularity float32
	seen                                bool
}

// observe scores a case's items by each signal alone and keeps the union of
// their tops and the shopper's own items.
func observe(m *model.Model, c evaluation.Case) (shopper, error) {
	popularity := m.Popularity()
	itemItem, factors := make([]float32, m.Items()), make([]float32, m.Items())
	if err := m.ScoreProfile(c.Profile, model.BlendWeights{ItemItem: 1}, itemItem); err != nil {
		return shopper{}, err
	}
	if err := m.ScoreProfile(c.Profile, model.BlendWeights{Factors: 1}, factors); err != nil {
		return shopper{}, err
	}
	keep := slices.Clone(c.Profile.Items)
	for _, signal := range [][]float32{itemItem, factors, popularity} {
		keep = append(keep, top(signal, candidatesPerSignal+len(c.Profile.Items))...)
	}
	slices.Sort(keep)
	keep = slices.Compact(keep)
	s := shopper{candidates: make([]candidate, len(keep)), all: c.Truth, fresh: c.New}
	for i, item := range keep {
		at, seen := slices.BinarySearch(c.Profile.Items, item)
		s.candidates[i] = candidate{item: item, itemItem: itemItem[item], factors: factors[item], popularity: popularity[item], seen: seen}
		if seen {
			s.candidates[i].past = c.Profile.Weights[at]
		}
	}
	return s, nil
}

func top(scores []float32, n int) []int32 {
	order := make([]int32, len(scores))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b)) })
	return order[:min(n, len(order))]
}

// objective is NDCG@k over all purchases plus NDCG@k over new ones, each the mean
// over the shoppers that have any.
func objective(shoppers []shopper, b model.BlendWeights, k int) float64 {
	all, fresh := make([]float64, len(shoppers)), make([]float64, len(shoppers))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range shoppers {
		group.Go(func() error {
			all[i], fresh[i] = shoppers[i].ndcg(b, k)
			return nil
		})
	}
	_ = group.Wait() // ranking candidates never fails
	var allSum, freshSum, freshCount float64
	for i := range shoppers {
		allSum += all[i]
		if len(shoppers[i].fresh) > 0 {
			freshSum += fresh[i]
			freshCount++
		}
	}
	return allSum/math.Max(1, float64(len(shoppers))) + freshSum/math.Max(1, freshCount)
}

func (s shopper) ndcg(b model.BlendWeights, k int) (all, fresh float64) {
	type scored struct {
		item  int32
		score float64
	}
	ranked, unseen := make([]scored, len(s.candidates)), make([]scored, 0, len(s.candidates))
	for i, c := range s.candidates {
		score := b.ItemItem*float64(c.itemItem) + b.Factors*float64(c.factors) + b.Popularity*float64(c.popularity)
		if c.past > 0 {
			score += b.Past * float64(c.past) * math.Pow(b.PastOffset+float64(c.popularity), b.PastExponent)
		}
		ranked[i] = scored{c.item, score}
		if !c.seen {
			unseen = append(unseen, ranked[i])
		}
	}
	measure := func(list []scored, truth map[int32]bool) float64 {
		slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.item, b.item)) })
		ranking := make([]int32, min(k, len(list)))
		for i := range ranking {
			ranking[i] = list[i].item
		}
		return metrics.NDCG(ranking, truth, k)
	}
	return measure(ranked, s.all), measure(unseen, s.fresh)
}
