package learn

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
)

// K is the length of the lists that models are judged by.
const K = 20

// leastCases is the fewest shoppers that a blend is chosen on.
const leastCases = 20

// Trained is a model with how it came about.
type Trained struct {
	Parameters model.Parameters
	// Validation is how the model learned from what came before the validation
	// window did on it, with the blend that was chosen there; nil where there
	// was no such window.
	Validation *evaluation.Summary
	Epochs     []ials.Epoch // of the model itself
	Seconds    map[string]float64
}

// Progress is told which stage of training has come to which epoch.
type Progress func(stage string, epoch ials.Epoch)

// Train chooses a blend on the last days of the input, unless the settings give
// one, and learns a model from all of it. The result is the same for the same
// input and settings on the same processor, on any number of cores.
func Train(ctx context.Context, in Input, settings Settings, progress Progress) (Trained, error) {
	if err := settings.Validate(); err != nil {
		return Trained{}, err
	}
	trained := Trained{Seconds: map[string]float64{}}
	weights := defaultBlend()
	begin := time.Now()
	if settings.Blend != nil {
		weights = *settings.Blend
	} else if validation, ok, err := newValidation(ctx, in, settings, progress); err != nil {
		return Trained{}, fmt.Errorf("validation window: %w", err)
	} else if ok {
		if weights, err = blend.Choose(ctx, validation.model, validation.cases, K, weights); err != nil {
			return Trained{}, err
		}
		if trained.Validation, err = validation.measure(ctx, weights); err != nil {
			return Trained{}, fmt.Errorf("measure on the validation window: %w", err)
		}
	}
	trained.Seconds["validate"] = time.Since(begin).Seconds()
	begin = time.Now()
	parameters, err := fit(ctx, in, settings, weights, func(e ials.Epoch) {
		trained.Epochs = append(trained.Epochs, e)
		progress("learn", e)
	})
	if err != nil {
		return Trained{}, err
	}
	digest, err := Digest(in, settings)
	if err != nil {
		return Trained{}, err
	}
	parameters.Config.Data.Digest = digest
	trained.Parameters = parameters
	trained.Seconds["learn"] = time.Since(begin).Seconds()
	return trained, nil
}

// Digest returns the SHA-256, in hex, of everything that decides a model: data
// and settings.
func Digest(in Input, settings Settings) (string, error) {
	inputs, err := json.Marshal(struct {
		Format int
		Name   string
		AsOf   string
		Group  any
		Days   []model.DayDigest
		Events int
		Settings
	}{model.FormatVersion, in.Name, in.AsOf.String(), in.Group, in.Log.Days, in.Log.Events, settings})
	if err != nil {
		return "", fmt.Errorf("digest of the inputs: %w", err)
	}
	sum := sha256.Sum256(inputs)
	return hex.EncodeToString(sum[:]), nil
}

// validation is a model of what came before the validation window, and the
// shoppers of the window.
type validation struct {
	parameters model.Parameters
	model      *model.Model
	cases      []evaluation.Case
}

// newValidation learns a model up to the validation window; ok is false where
// the input is too short or too few shoppers came back to choose anything on.
// Shoppers of the holdout group are left out, as the window is among their last
// days.
func newValidation(ctx context.Context, in Input, settings Settings, progress Progress) (v validation, ok bool, err error) {
	from := in.AsOf.AddDays(-settings.ValidationDays)
	split := in.Log.SplitAt(from)
	if len(split.Before.Rows) == 0 {
		return validation{}, false, nil
	}
	outsiders := func(user string) bool { return !in.Group.Contains(user) }
	v.cases = evaluation.Cases(in.Log, split, from, in.AsOf, settings.HistoryHalfLifeDays, outsiders)
	if len(v.cases) < leastCases {
		return validation{}, false, nil
	}
	earlier := in
	earlier.Log, earlier.AsOf = split.Before, from
	v.parameters, err = fit(ctx, earlier, settings, defaultBlend(), func(e ials.Epoch) { progress("validate", e) })
	if err != nil {
		return validation{}, false, err
	}
	v.model, err = model.New(v.parameters)
	return v, err == nil, err
}

// measure returns how the window's model does on it with the given blend.
func (v validation) measure(ctx context.Context, weights model.BlendWeights) (*evaluation.Summary, error) {
	v.parameters.Config.Scoring.Blend = weights
	m, err := model.New(v.parameters)
	if err != nil {
		return nil, err
	}
	shoppers, err := evaluation.Measure(ctx, m, v.cases, K)
	if err != nil {
		return nil, err
	}
	summary := evaluation.Summarise(shoppers, K)
	return &summary, nil
}
