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
	Windows   []Window            `json:"windows"`
	Mean      evaluation.Summary  `json:"mean"`
	Intervals Intervals           `json:"intervals"`
	Segments  map[string]Estimate `json:"segments"`
}

// Evaluate learns and measures a model for each window. It knows no holdout
// group: each trains on everything before the window, and nothing of the window
// or after it is looked at while it does.
func Evaluate(ctx context.Context, log *interactions.Log, starts []events.Day, k int, settings learn.Settings, progress learn.Progress) (Report, error) {
	var report Report
	var summaries []evaluation.Summary
	var all, fresh evaluation.Scores
	var segments []map[string][]evaluation.Score
	for _, start := range starts {
		split := log.SplitAt(start)
		if len(split.Before.Rows) == 0 {
			return Report{}, fmt.Errorf("week from %s: there is no event before it; the first is of %s", start, log.First())
		}
		if len(evaluation.Cases(log, split, start, start.AddDays(Days), settings.HistoryHalfLifeDays, evaluation.Everyone)) == 0 {
			return Report{}, fmt.Errorf("week from %s: nobody known from before bought anything known in it; the last event is of %s", start, log.Last())
		}
		trained, err := learn.Train(ctx, learn.Input{
			Log: split.Before, AsOf: start, Group: holdout.Group{}, Name: "evaluation",
			Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
		}, settings, progress)
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
