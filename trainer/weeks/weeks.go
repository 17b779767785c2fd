// Package weeks evaluates training itself in time order: for each week a model
// is learned from all that came before it and measured on what was bought in it.
package weeks

import (
	"context"
	"fmt"

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
	Blend model.BlendWeights `json:"blend"`
}

// Report is the evaluation over all windows.
type Report struct {
	Windows []Window           `json:"windows"`
	Mean    evaluation.Summary `json:"mean"`
}

// Evaluate learns and measures a model for each window. It knows no holdout
// group: each trains on everything before the window, and nothing of the window
// or after it is looked at while it does.
func Evaluate(ctx context.Context, log *interactions.Log, starts []events.Day, k int, settings learn.Settings, progress learn.Progress) (Report, error) {
	var report Report
	var summaries []evaluation.Summary
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
		cases := evaluation.Cases(log, split, start, start.AddDays(Days), halfLife, evaluation.Everyone)
		shoppers, err := evaluation.Measure(ctx, m, cases, k)
		if err != nil {
			return Report{}, fmt.Errorf("measure on the week from %s: %w", start, err)
		}
		summary := evaluation.Summarise(shoppers, k)
		summaries = append(summaries, summary)
		report.Windows = append(report.Windows, Window{Start: start, Summary: summary, Blend: trained.Parameters.Config.Scoring.Blend})
	}
	report.Mean = evaluation.Average(summaries)
	return report, nil
}
