package learn

import (
	"context"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
)

// mostWatched is the most shoppers that an epoch is measured on, so that it costs
// little beside the epoch.
const mostWatched = 300

// watch has told measured after each epoch how what is learned for the window
// does on it so far, with the given choice. The function it returns says what
// went wrong, once the epochs are over. A nil measured costs nothing.
func (w *window) watch(ctx context.Context, settings Settings, choice blend.Choice, measured func(epoch int, ndcg float64)) (failed func() error) {
	var failure error
	failed = func() error { return failure }
	if measured == nil {
		return failed
	}
	cases := some(w.cases(settings), mostWatched)
	w.in.watch = func(epoch int, parameters model.Parameters) {
		if failure != nil {
			return
		}
		var m *model.Model
		if m, failure = w.model(parameters, settings, choice); failure != nil {
			return
		}
		var shoppers []evaluation.Shopper
		if shoppers, failure = evaluation.Measure(ctx, m, cases, K); failure == nil {
			measured(epoch, evaluation.Summarise(shoppers, K).All.NDCG)
		}
	}
	return failed
}

// some returns at most so many of the cases, evenly chosen.
func some(cases []evaluation.Case, most int) []evaluation.Case {
	chosen := make([]evaluation.Case, min(len(cases), most))
	for i := range chosen {
		chosen[i] = cases[i*len(cases)/len(chosen)]
	}
	return chosen
}

// validate returns how a model learned without lift from what came before the
// window does on it with the given choice.
func (w *window) validate(ctx context.Context, parameters model.Parameters, settings Settings, choice blend.Choice) (*evaluation.Summary, error) {
	cases := w.cases(settings)
	m, err := w.model(parameters, settings, choice)
	if err != nil {
		return nil, err
	}
	shoppers, err := evaluation.Measure(ctx, m, cases, K)
	if err != nil {
		return nil, err
	}
	segments, err := evaluation.Segments(ctx, m, append(cases, w.newcomers()...), K)
	if err != nil {
		return nil, err
	}
	summary := evaluation.Summarise(shoppers, K)
	summary.Segments = evaluation.SegmentMeans(segments, K)
	return &summary, nil
}

// model is what was learned without lift from what came before the window, with
// the given choice.
func (w *window) model(parameters model.Parameters, settings Settings, choice blend.Choice) (*model.Model, error) {
	parameters.Config.Scoring.Blend = choice.Weights
	parameters.Lift = choice.Lift(w.trend(settings))
	parameters.ItemItem = lifted(parameters.ItemItem, parameters.Lift)
	return model.New(parameters)
}
