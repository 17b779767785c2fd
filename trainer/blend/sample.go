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

// A Window is some days' shoppers, with a model of what came before them.
type Window struct {
	Model *model.Model // learned without lift
	Trend []float32    // [items], at the window's start
	Cases []evaluation.Case
}

// A Sample is the shoppers of some windows with the raw signals of the items that
// could come first for them.
type Sample struct {
	k        int
	windows  []signals
	shoppers []shopper
	factors  bool // some have factors that say something
}

// signals are what items have in one window, whoever the shopper is.
type signals struct {
	popularity, trend []float32
}

type shopper struct {
	window     int
	candidates []candidate // each item once
	all, fresh map[int32]bool
}

// candidate is an item with the raw signals that a shopper has for it.
type candidate struct {
	item                    int32
	seen                    bool
	past, itemItem, factors float32
}

// candidatesPerSignal is how many items of each signal's top are candidates, in
// addition to as many as the shopper has had.
const candidatesPerSignal = 150

// Observe gathers the signals for lists of k.
func Observe(ctx context.Context, windows []Window, k int) (*Sample, error) {
	s := &Sample{k: k}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	total := 0
	for _, w := range windows {
		s.windows = append(s.windows, signals{popularity: w.Model.Popularity(), trend: w.Trend})
		total += len(w.Cases)
	}
	s.shoppers = make([]shopper, total)
	next := 0
	for n, w := range windows {
		for _, c := range w.Cases {
			place := &s.shoppers[next]
			next++
			group.Go(func() error {
				if err := ctx.Err(); err != nil {
					return err
				}
				place.window = n
				return place.observe(w, c)
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("gather the signals of %d shoppers: %w", total, err)
	}
	for _, shopper := range s.shoppers {
		s.factors = s.factors || slices.ContainsFunc(shopper.candidates, func(c candidate) bool { return c.factors != 0 })
	}
	return s, nil
}

// observe scores a case's items by each signal alone and keeps the union of
// their tops, with and without lift, and the shopper's own items.
func (s *shopper) observe(w Window, c evaluation.Case) error {
	items := w.Model.Items()
	itemItem, factors, lifted := make([]float32, items), make([]float32, items), make([]float32, items)
	if err := w.Model.ScoreProfile(c.Profile, model.BlendWeights{ItemItem: 1}, itemItem); err != nil {
		return err
	}
	if err := w.Model.ScoreProfile(c.Profile, model.BlendWeights{Factors: 1}, factors); err != nil {
		return err
	}
	n := candidatesPerSignal + len(c.Profile.Items)
	found := append(slices.Clone(c.Profile.Items), top(w.Model.Popularity(), n)...)
	for _, signal := range [][]float32{itemItem, factors} {
		found = append(found, top(signal, n)...)
		for i, value := range signal {
			lifted[i] = value * w.Trend[i]
		}
		found = append(found, top(lifted, n)...)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	s.candidates = make([]candidate, len(found))
	for i, item := range found {
		s.candidates[i] = candidate{item: item, itemItem: itemItem[item], factors: factors[item]}
		if at, seen := slices.BinarySearch(c.Profile.Items, item); seen {
			s.candidates[i].seen, s.candidates[i].past = true, c.Profile.Weights[at]
		}
	}
	s.all, s.fresh = c.Truth, c.New
	return nil
}

// top returns the n best rows, in no order.
func top(scores []float32, n int) []int32 {
	best := newList(n)
	for i, score := range scores {
		best.offer(int32(i), score)
	}
	rows := make([]int32, len(best.entries))
	for i, e := range best.entries {
		rows[i] = e.item
	}
	return rows
}

// order puts each shopper's candidates in the order that a choice gives them. No
// objective depends on it, but a list that meets the best first turns the others
// away at once.
func (s *Sample) order(c Choice) {
	tables := s.tables(c)
	for _, shopper := range s.shoppers {
		t := tables[shopper.window]
		slices.SortFunc(shopper.candidates, func(a, b candidate) int { return cmp.Compare(t.score(b), t.score(a)) })
	}
}

// Objective is NDCG@k over all purchases plus NDCG@k over new ones, each the mean
// over the shoppers that have any.
func (s *Sample) Objective(c Choice) float64 {
	tables := s.tables(c)
	all, fresh := make([]float64, len(s.shoppers)), make([]float64, len(s.shoppers))
	var group errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		group.Go(func() error {
			ranked, unseen := newList(s.k), newList(s.k)
			for i := worker; i < len(s.shoppers); i += workers {
				shopper := &s.shoppers[i]
				shopper.rank(tables[shopper.window], ranked, unseen)
				all[i] = metrics.NDCG(ranked.sorted(), shopper.all, s.k)
				fresh[i] = metrics.NDCG(unseen.sorted(), shopper.fresh, s.k)
			}
			return nil
		})
	}
	_ = group.Wait() // ranking candidates never fails
	var allSum, freshSum, freshCount float64
	for i := range s.shoppers {
		allSum += all[i]
		if len(s.shoppers[i].fresh) > 0 {
			freshSum += fresh[i]
			freshCount++
		}
	}
	return allSum/math.Max(1, float64(len(s.shoppers))) + freshSum/math.Max(1, freshCount)
}

// A table is a choice made ready for scoring one window: what a unit of each
// signal adds to an item's score, all [items].
type table struct {
	past, itemItem, factors, popularity []float32
}

// tables returns the choice's table for each window.
func (s *Sample) tables(c Choice) []table {
	tables := make([]table, len(s.windows))
	for n, w := range s.windows {
		tables[n] = newTable(c, w)
	}
	return tables
}

func newTable(c Choice, w signals) table {
	n := len(w.popularity)
	t := table{past: make([]float32, n), itemItem: c.Lift(w.trend), factors: make([]float32, n), popularity: make([]float32, n)}
	for i, popularity := range w.popularity {
		t.past[i] = float32(c.Weights.Past * math.Pow(c.Weights.PastOffset+float64(popularity), c.Weights.PastExponent))
		t.factors[i] = float32(c.Weights.Factors) * t.itemItem[i]
		t.itemItem[i] *= float32(c.Weights.ItemItem)
		t.popularity[i] = float32(c.Weights.Popularity) * popularity
	}
	return t
}

func (t table) score(c candidate) float32 {
	return t.past[c.item]*c.past + t.itemItem[c.item]*c.itemItem + t.factors[c.item]*c.factors + t.popularity[c.item]
}

// rank fills the lists with the best of all items and of those not seen.
func (s *shopper) rank(t table, ranked, unseen *list) {
	ranked.clear()
	unseen.clear()
	for _, c := range s.candidates {
		score := t.score(c)
		ranked.offer(c.item, score)
		if !c.seen {
			unseen.offer(c.item, score)
		}
	}
}
