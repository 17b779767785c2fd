package learn

import (
	"context"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// leastCases is the fewest shoppers that anything is chosen on.
const leastCases = 20

// window is some days before the as-of, with what came before them.
type window struct {
	whole       *interactions.Log
	split       interactions.Split
	from, until events.Day
	in          Input // what came before
}

// windows returns the last of the input's days as windows, the latest first: as
// many as the settings want and the input has history for.
func windows(in Input, settings Settings) []window {
	var found []window
	for n := range settings.ValidationWindows {
		until := in.AsOf.AddDays(-n * settings.ValidationDays)
		w := window{whole: in.Log, from: until.AddDays(-settings.ValidationDays), until: until, in: in}
		w.split = in.Log.SplitAt(w.from)
		if len(w.split.Before.Rows) == 0 || n > 0 && w.from.Sub(in.Log.First()) < 2*settings.ValidationDays {
			break
		}
		w.in.Log, w.in.AsOf, w.in.itemItem = w.split.Before, w.from, itemItemCache{}
		found = append(found, w)
	}
	return found
}

// cases are the window's shoppers but for the holdout group's, whose last days
// nothing may be learned from.
func (w window) cases(settings Settings) []evaluation.Case {
	outsiders := func(user string) bool { return !w.in.Group.Contains(user) }
	return evaluation.Cases(w.whole, w.split, w.from, w.until, settings.HistoryHalfLifeDays, outsiders)
}

// newcomers are the window's shoppers whom nothing is known of before it, but
// for the holdout group's.
func (w window) newcomers() []evaluation.Case {
	cases := evaluation.Newcomers(w.whole, w.split, w.until)
	return slices.DeleteFunc(cases, func(c evaluation.Case) bool { return w.in.Group.Contains(c.User) })
}

// trend is that of the items known before the window, at its start.
func (w window) trend(settings Settings) []float32 {
	withheld := w.in.withheld()
	return trend(w.in.Log, w.in.AsOf, settings, func(r interactions.Row) bool { return !withheld(r) })
}

// observe learns a model of what came before each window, without lift, and
// gathers its signals for the window's shoppers.
func observe(ctx context.Context, all []window, settings Settings, report func(ials.Epoch)) (*blend.Sample, []model.Parameters, error) {
	var observed []blend.Window
	var learned []model.Parameters
	for _, w := range all {
		parameters, err := fit(ctx, w.in, settings, blend.Choice{Weights: defaultBlend()}, report)
		if err != nil {
			return nil, nil, err
		}
		m, err := model.New(parameters)
		if err != nil {
			return nil, nil, err
		}
		observed = append(observed, blend.Window{Model: m, Trend: w.trend(settings), Cases: w.cases(settings)})
		learned = append(learned, parameters)
	}
	sample, err := blend.Observe(ctx, observed, K)
	return sample, learned, err
}
