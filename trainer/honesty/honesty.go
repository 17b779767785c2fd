// Package honesty asks whether the comparison of two nights' models tells the
// truth, on simulated shops where the truth is known: models of adjacent nights
// with the same settings must tie where nothing changes, whichever is older, and
// models that are broken or stale must be found out.
package honesty

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/paired"
)

// Options of a trial.
type Options struct {
	Shop     Shop
	Settings learn.Settings
	Group    holdout.Group
	Pairs    int // adjacent nights that are compared, the last the shop has
}

// Tally counts what comparisons found, at 95 % confidence, and how much better
// the second model was on the mean.
type Tally struct {
	Pairs      int     `json:"pairs"`
	Ties       int     `json:"ties"`
	OlderWins  int     `json:"older_wins"`
	NewerWins  int     `json:"newer_wins"`
	Difference float64 `json:"difference"` // mean NDCG@20 of the newer less the older's, relative to the older's
}

func (t *Tally) add(r result) {
	t.Pairs++
	switch {
	case r.interval.Low > 0:
		t.NewerWins++
	case r.interval.High < 0:
		t.OlderWins++
	default:
		t.Ties++
	}
	t.Difference += r.difference / r.older
}

func (t *Tally) finish() { t.Difference /= float64(max(1, t.Pairs)) }

// Adjacent is what comparing models of adjacent nights found.
type Adjacent struct {
	// Group compares on the holdout group, as compare does.
	Group Tally `json:"group"`
	// Naive compares the model that serves with one that was kept from the last
	// week, on all shoppers of that week: what one would do without a holdout group.
	Naive Tally `json:"naive"`
}

// trial is a shop with the models that were learned of it so far.
type trial struct {
	Options
	triples []interactions.Triple
	log     *interactions.Log
	end     events.Day // the day after the last
}

func newTrial(o Options) trial {
	triples := o.Shop.triples()
	return trial{Options: o, triples: triples, log: interactions.FromRows(triples, 0), end: start.AddDays(o.Shop.Days)}
}

// learn returns the model of a night.
func (t trial) learn(ctx context.Context, log *interactions.Log, asOf events.Day, group holdout.Group, settings learn.Settings) (*model.Model, error) {
	trained, err := learn.Train(ctx, learn.Input{
		Log: log.SplitAt(asOf).Before, AsOf: asOf, Group: group, Name: "honesty",
		Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}, settings, func(string, ials.Epoch) {})
	if err != nil {
		return nil, fmt.Errorf("learn as of %s: %w", asOf, err)
	}
	return model.New(trained.Parameters)
}

// MeasureAdjacent compares the models of adjacent nights.
func MeasureAdjacent(ctx context.Context, o Options) (Adjacent, error) {
	t := newTrial(o)
	var found Adjacent
	var older, serving *model.Model
	for n := range o.Pairs + 1 {
		asOf := t.end.AddDays(n - o.Pairs)
		newer, err := t.learn(ctx, t.log, asOf, o.Group, o.Settings)
		if err != nil {
			return Adjacent{}, err
		}
		kept, err := t.learn(ctx, t.log, asOf.AddDays(-holdout.Days), holdout.Group{}, o.Settings)
		if err != nil {
			return Adjacent{}, err
		}
		if n > 0 {
			r, err := compare(ctx, older, newer, paired.Days(t.log, asOf, o.Group))
			if err != nil {
				return Adjacent{}, err
			}
			found.Group.add(r)
			if r, err = compare(ctx, serving, kept, lastWeek(t.log, asOf)); err != nil {
				return Adjacent{}, err
			}
			found.Naive.add(r)
		}
		older = newer
		if serving, err = t.learn(ctx, t.log, asOf, holdout.Group{}, o.Settings); err != nil {
			return Adjacent{}, err
		}
	}
	found.Group.finish()
	found.Naive.finish()
	return found, nil
}

// lastWeek is all shoppers of the days before asOf.
func lastWeek(log *interactions.Log, asOf events.Day) []paired.Day {
	var days []paired.Day
	for n := holdout.Days; n > 0; n-- {
		days = append(days, paired.Everyone(log, asOf.AddDays(-n)))
	}
	return days
}

// result is one comparison, in NDCG@20 of a setting, each shopper weighing the
// same.
type result struct {
	older, difference float64
	interval          evaluation.Interval // of the difference
}

// compare compares two models on all purchases.
func compare(ctx context.Context, older, newer *model.Model, days []paired.Day) (result, error) {
	rows, err := paired.Compare(ctx, older, newer, days)
	if err != nil {
		return result{}, err
	}
	return resultOf(rows, allPurchases)
}

// The settings of a comparison.
const (
	allPurchases = "all"
	newPurchases = "new"
)

// resultOf is what a comparison's rows say in one setting.
func resultOf(rows []paired.Row, setting string) (result, error) {
	before, differences := map[string][]float64{}, map[string][]float64{}
	var shoppers []string
	for _, row := range rows {
		if row.Setting != setting || row.Metric != "ndcg@20" {
			continue
		}
		if before[row.Shopper] == nil {
			shoppers = append(shoppers, row.Shopper)
		}
		before[row.Shopper] = append(before[row.Shopper], row.Old)
		differences[row.Shopper] = append(differences[row.Shopper], row.New-row.Old)
	}
	if len(shoppers) == 0 {
		return result{}, fmt.Errorf("nobody of the group bought anything in the days before")
	}
	slices.Sort(shoppers)
	var r result
	perShopper := make([]float64, len(shoppers))
	for i, shopper := range shoppers {
		perShopper[i] = mean(differences[shopper])
		r.older += mean(before[shopper]) / float64(len(shoppers))
	}
	r.difference = mean(perShopper)
	r.interval = evaluation.Bootstrap([][]float64{perShopper})
	return r, nil
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}

// Defaults are the shop and settings of the long form. The blend is fixed, as a
// blend that is chosen anew adds a difference of its own; so are settings that suit
// other shops otherwise, to compare what versions find.
func Defaults() Options {
	settings := learn.DefaultSettings()
	settings.Rank, settings.Epochs, settings.Neighbours = 8, 3, 20
	settings.Factorisation.Regularisation, settings.Saturation, settings.PopularityHalfLifeDays = 0.01, 4, 7
	settings.TrendExponent = 0.5
	settings.Blend = &model.BlendWeights{Past: 1.5, PastOffset: 0.1, PastExponent: 0.5, ItemItem: 1, Factors: 0.6, Popularity: 0.1}
	return Options{
		Shop:     Shop{Users: 1000, Items: 300, Styles: 10, Days: 200, OrdersPerDay: 150, LinesPerOrder: 4, RepeatShare: 0.3, Seed: 1},
		Settings: settings,
		Group:    holdout.Group{Salt: "honesty", Share: 0.2},
		Pairs:    100,
	}
}

// Sparse is the shop in which faults are looked for: three thousand shoppers of
// fifteen hundred items with a purchase or two a week in all, so that most of what
// there is to know of a shopper is what others with the same tastes bought, and
// factors are worth a tenth of the lists.
func Sparse() Options {
	o := Defaults()
	o.Shop = Shop{Users: 3000, Items: 1500, Styles: 30, Days: 100, OrdersPerDay: 200, LinesPerOrder: 2, RepeatShare: 0.05, Seed: 1}
	o.Settings.Rank, o.Settings.Epochs = 16, 5
	o.Settings.Blend.Factors = 1.5
	return o
}
