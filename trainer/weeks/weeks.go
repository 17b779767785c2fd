// Package weeks evaluates training itself in time order: for each week a model
// is learned from all that came before it and measured on what was bought in it.
package weeks

import (
	"context"
	"fmt"
	"maps"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// Days is the length of a window.
const Days = 7

// Window is how the model learned before a day did on the week from it.
type Window struct {
	Start events.Day `json:"start"`
	evaluation.Summary
	Blend     model.BlendWeights  `json:"blend"`
	Chosen    map[string]float64  `json:"chosen"` // beside the blend: hyperparameters, half-lives
	Intervals Intervals           `json:"intervals"`
	Segments  map[string]Estimate `json:"segments"` // those that anybody is in
}

// Estimate is a mean with intervals.
type Estimate = evaluation.Estimate

// Intervals are both settings' means with intervals.
type Intervals struct {
	All Estimate `json:"all"`
	New Estimate `json:"new"`
}

// Report is the evaluation over all windows.
type Report struct {
	Windows     []Window            `json:"windows"`
	Mean        evaluation.Summary  `json:"mean"`
	Intervals   Intervals           `json:"intervals"`
	Segments    map[string]Estimate `json:"segments"`
	NewProducts NewProducts         `json:"new_products"`
}

// Choose returns the settings to learn with from what lies before a window.
type Choose func(ctx context.Context, in learn.Input) (learn.Settings, error)

// Always chooses the same settings, of which learning itself chooses what it does
// every night.
func Always(settings learn.Settings) Choose {
	return func(context.Context, learn.Input) (learn.Settings, error) { return settings, nil }
}

// Options say how models are learned and measured.
type Options struct {
	K      int
	Choose Choose
	// Catalogue returns what is known of items at the start of a day, and which
	// are listed; nil for nothing and none.
	Catalogue func(ctx context.Context, asOf events.Day) (items func(id string) learn.ItemFacts, listed []string, err error)
}

// input is what a window is learned from.
func (o Options) input(ctx context.Context, before *interactions.Log, start events.Day) (learn.Input, error) {
	in := learn.Input{
		Log: before, AsOf: start, Group: holdout.Group{}, Name: "evaluation",
		Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}
	if o.Catalogue == nil {
		return in, nil
	}
	var err error
	in.Items, in.Listed, err = o.Catalogue(ctx, start)
	return in, err
}

// Evaluate learns and measures a model for each window. It knows no holdout
// group: each trains on everything before the window, and nothing of the window
// or after it is looked at while it does.
func Evaluate(ctx context.Context, log *interactions.Log, starts []events.Day, options Options, progress learn.Progress) (Report, error) {
	k := options.K
	var report Report
	var summaries []evaluation.Summary
	var all, fresh evaluation.Scores
	var segments []map[string][]evaluation.Score
	var unsold, little []band
	for _, start := range starts {
		split := log.SplitAt(start)
		if len(split.Before.Rows) == 0 {
			return Report{}, fmt.Errorf("week from %s: there is no event before it; the first is of %s", start, log.First())
		}
		if len(evaluation.Cases(log, split, start, start.AddDays(Days), 1, evaluation.Everyone)) == 0 {
			return Report{}, fmt.Errorf("week from %s: nobody known from before bought anything known in it; the last event is of %s", start, log.Last())
		}
		in, err := options.input(ctx, split.Before, start)
		if err != nil {
			return Report{}, fmt.Errorf("read the catalogue of %s: %w", start, err)
		}
		settings, err := options.Choose(ctx, in)
		if err != nil {
			return Report{}, fmt.Errorf("choose settings for the week from %s: %w", start, err)
		}
		trained, err := learn.Train(ctx, in, settings, progress)
		if err != nil {
			return Report{}, fmt.Errorf("train for the week from %s: %w", start, err)
		}
		m, err := model.New(trained.Parameters)
		if err != nil {
			return Report{}, err
		}
		halfLife := m.Config().Scoring.HistoryHalfLifeDays
		cases := evaluation.ForModel(evaluation.Cases(log, split, start, start.AddDays(Days), halfLife, evaluation.Everyone), split.Before.Items, m)
		newcomers := evaluation.ForModel(evaluation.Newcomers(log, split, start.AddDays(Days)), split.Before.Items, m)
		shoppers, err := evaluation.Measure(ctx, m, cases, k)
		if err != nil {
			return Report{}, fmt.Errorf("measure on the week from %s: %w", start, err)
		}
		inSegments, err := evaluation.Segments(ctx, m, append(cases, newcomers...), k)
		if err != nil {
			return Report{}, fmt.Errorf("measure segments on the week from %s: %w", start, err)
		}
		window := Window{Start: start, Summary: evaluation.Summarise(shoppers, k), Blend: m.Config().Scoring.Blend, Chosen: chosen(m.Config())}
		ofUnsold, ofLittleSold, err := measureNewProducts(ctx, m, log, split, start.AddDays(Days), cases, k)
		if err != nil {
			return Report{}, fmt.Errorf("measure new products on the week from %s: %w", start, err)
		}
		unsold, little = append(unsold, ofUnsold), append(little, ofLittleSold)
		ofAll, ofNew := settingScores(shoppers)
		window.Intervals = intervals(evaluation.Scores{ofAll}, evaluation.Scores{ofNew}, k)
		window.Segments = estimates([]map[string][]evaluation.Score{inSegments}, k)
		all, fresh, segments = append(all, ofAll), append(fresh, ofNew), append(segments, inSegments)
		summaries = append(summaries, window.Summary)
		report.Windows = append(report.Windows, window)
	}
	report.Mean = evaluation.Average(summaries)
	report.Intervals = intervals(all, fresh, k)
	report.Segments = estimates(segments, k)
	report.NewProducts = NewProducts{Unsold: found(unsold, k), LittleSold: found(little, k)}
	return report, nil
}

// settingScores are the shoppers' scores in each setting.
func settingScores(shoppers []evaluation.Shopper) (all, fresh []evaluation.Score) {
	for _, s := range shoppers {
		all = append(all, s.All)
		if s.New != nil {
			fresh = append(fresh, *s.New)
		}
	}
	return all, fresh
}

func intervals(all, fresh evaluation.Scores, k int) Intervals {
	return Intervals{All: all.Estimate(k), New: fresh.Estimate(k)}
}

func estimates(windows []map[string][]evaluation.Score, k int) map[string]Estimate {
	found := map[string]Estimate{}
	for name, scores := range evaluation.Merge(windows) {
		found[name] = scores.Estimate(k)
	}
	return found
}

// chosen is what a model was learned with, beside its blend.
func chosen(config model.Config) map[string]float64 {
	values := maps.Clone(config.Hyperparameters)
	values["history_half_life_days"] = config.Scoring.HistoryHalfLifeDays
	values["popularity_half_life_days"] = config.Scoring.PopularityHalfLifeDays
	return values
}
