package learn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
)

// tuneMargin is how much better, in NDCG all plus NDCG new, a candidate has to be
// than what is set: less is noise.
const tuneMargin = 1e-3

// tuned is what the validation windows decided.
type tuned struct {
	settings Settings
	choice   blend.Choice
	// validation is how the model learned from what came before the latest window
	// did on it, with what was chosen; nil where there was no window.
	validation *evaluation.Summary
}

// tune chooses settings, blend and trend exponent on the days before the as-of.
// What decides is pooled over all windows, so that a single odd week doesn't.
func tune(ctx context.Context, in Input, settings Settings, progress Progress) (tuned, error) {
	t := tuned{settings: settings, choice: blend.Choice{Weights: defaultBlend(), TrendExponent: settings.TrendExponent}}
	all := windows(in, settings)
	all = slices.DeleteFunc(all, func(w window) bool { return len(w.cases(settings)) < leastCases })
	if len(all) == 0 {
		return t, nil
	}
	var err error
	if t.settings, err = chooseSettings(ctx, all, settings, t.choice, progress); err != nil {
		return tuned{}, err
	}
	watched := all[0].watch(ctx, t.settings, t.choice, in.Validated)
	sample, learned, err := observe(ctx, all, t.settings, func(e ials.Epoch) { progress("validate", e) })
	if err = errors.Join(err, watched()); err != nil {
		return tuned{}, err
	}
	t.choice, _ = sample.Choose(t.choice)
	t.validation, err = all[0].validate(ctx, learned[0], t.settings, t.choice)
	return t, err
}

// candidate is a setting and a value to try for it.
type candidate struct {
	of    func(*Settings) *float64
	value float64
}

func (s Settings) candidates() []candidate {
	var all []candidate
	for _, c := range []struct {
		of     func(*Settings) *float64
		values []float64
	}{
		{func(s *Settings) *float64 { return &s.HistoryHalfLifeDays }, s.Candidates.HistoryHalfLifeDays},
		{func(s *Settings) *float64 { return &s.PopularityHalfLifeDays }, s.Candidates.PopularityHalfLifeDays},
		{func(s *Settings) *float64 { return &s.NeighbourRidge }, s.Candidates.NeighbourRidge},
	} {
		for _, value := range c.values {
			all = append(all, candidate{c.of, value})
		}
	}
	return all
}

// chooseSettings returns the settings with those candidates that do better, one
// setting after the other. Each is tried with a blend of its own and without
// factors, which take most of the time and prefer what the others prefer.
func chooseSettings(ctx context.Context, all []window, settings Settings, start blend.Choice, progress Progress) (Settings, error) {
	candidates := settings.candidates()
	if len(candidates) == 0 {
		return settings, nil
	}
	start.Weights.Factors = 0
	try := func(s Settings) (float64, error) {
		s.Epochs, s.Rank = 0, 1
		sample, _, err := observe(ctx, all, s, func(ials.Epoch) {})
		if err != nil {
			return 0, err
		}
		_, objective := sample.Choose(start)
		return objective, nil
	}
	best := settings
	most, err := try(best)
	if err != nil {
		return Settings{}, err
	}
	for n, c := range candidates {
		progress("choose", ials.Epoch{Number: n + 1, Of: len(candidates)})
		trial := best
		*c.of(&trial) = c.value
		if *c.of(&trial) == *c.of(&best) {
			continue
		}
		objective, err := try(trial)
		if err != nil {
			return Settings{}, fmt.Errorf("try a candidate: %w", err)
		}
		if objective > most+tuneMargin {
			best, most = trial, objective
		}
	}
	return best, nil
}
