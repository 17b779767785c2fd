package main

import (
	"context"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// learned is how one recommender did on a week.
type learned struct {
	evaluation.Summary
	shoppers    []evaluation.Shopper // in the cases' order; of a week alone
	TuneSeconds float64              `json:"tune_seconds"` // choosing settings on the validation week
	FitSeconds  float64              `json:"fit_seconds"`  // learning from all that lies before the test week, with the settings chosen
}

// trainDaybreak learns as `trainer evaluate` does, with the default settings.
func trainDaybreak(ctx context.Context, w week) (learn.Trained, error) {
	return learn.Train(ctx, learn.Input{
		Log: w.Before, AsOf: w.Start, Group: holdout.Group{}, Name: "bench",
		Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}, w.Settings, func(string, ials.Epoch) {})
}

// measureDaybreak learns a model and measures it as it would serve.
func measureDaybreak(ctx context.Context, w week, k int) (learned, error) {
	trained, err := trainDaybreak(ctx, w)
	if err != nil {
		return learned{}, err
	}
	m, err := model.New(trained.Parameters)
	if err != nil {
		return learned{}, err
	}
	shoppers, err := evaluation.Measure(ctx, m, w.cases(m.Config().Scoring.HistoryHalfLifeDays), k)
	if err != nil {
		return learned{}, err
	}
	return learned{
		Summary:     evaluation.Summarise(shoppers, k),
		shoppers:    shoppers,
		TuneSeconds: trained.Seconds["validate"],
		FitSeconds:  trained.Seconds["learn"],
	}, nil
}

// timeAgain learns once more and keeps the shorter times.
func (l *learned) timeAgain(ctx context.Context, w week) error {
	trained, err := trainDaybreak(ctx, w)
	if err != nil {
		return err
	}
	l.TuneSeconds = min(l.TuneSeconds, trained.Seconds["validate"])
	l.FitSeconds = min(l.FitSeconds, trained.Seconds["learn"])
	return nil
}
