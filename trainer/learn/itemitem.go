package learn

import (
	"context"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/neighbours"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// An itemItemCache keeps item-to-item weights of one input by the settings that
// decide them, as other settings are tried much more often. A nil one keeps
// nothing.
type itemItemCache map[itemItemKey]model.CSR

type itemItemKey struct {
	halfLifeDays, saturation float64
	neighbours.Settings
}

// learn returns item-to-item weights without lift, which must not be changed. The
// source is that of what was observed.
func (c itemItemCache) learn(ctx context.Context, team *ranks.Team, observed model.CSR, source *interactions.Source, items int, settings Settings) (model.CSR, error) {
	key := itemItemKey{
		halfLifeDays: settings.HistoryHalfLifeDays, saturation: settings.Saturation,
		Settings: neighbours.Settings{
			Size: settings.Neighbours, Ridge: settings.NeighbourRidge, Entries: settings.CoOccurrences,
		},
	}
	if known, ok := c[key]; ok {
		return known, nil
	}
	learner := neighbours.Learner{Team: team, Source: source.Saturate(settings.Saturation)}
	weights, err := learner.Learn(ctx, saturated(observed, settings.Saturation), items, key.Settings)
	if c != nil && err == nil {
		c[key] = weights
	}
	return weights, err
}

// ridgeOf returns the settings with a ridge that listed items, which nobody has
// had, don't make smaller: it is a multiple of a mean over all items.
func (s Settings) ridgeOf(log *interactions.Log) Settings {
	s.NeighbourRidge *= float64(len(log.Items)) / float64(log.Had())
	return s
}

// lifted returns item-to-item weights multiplied with the lift of the item that
// they speak for.
func lifted(itemItem model.CSR, lift []float32) model.CSR {
	weights := slices.Clone(itemItem.Weights)
	for at, item := range itemItem.Indices {
		weights[at] *= lift[item]
	}
	return model.CSR{Indptr: itemItem.Indptr, Indices: itemItem.Indices, Weights: weights}
}

// saturated returns the inputs of the item-to-item regressions, made as scoring
// makes them from a profile.
func saturated(weights model.CSR, saturation float64) model.CSR {
	inputs := slices.Clone(weights.Weights)
	for i, w := range inputs {
		inputs[i] = model.Saturate(w, saturation)
	}
	return model.CSR{Indptr: weights.Indptr, Indices: weights.Indices, Weights: inputs}
}
