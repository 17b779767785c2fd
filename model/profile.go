package model

import (
	"cmp"
	"slices"
)

// A Profile is what a shopper did, as a score sees it: items by row, ascending,
// each once, with the decayed weight of all events on it. Items and Weights are
// of equal length.
type Profile struct {
	Items   []int32
	Weights []float32
}

// knownProfile returns the own past of the shopper in a row of the model,
// decayed to the model's as-of. It aliases the model's tensors.
func (m *Model) knownProfile(user int) Profile {
	items, weights := m.parameters.Past.Row(user)
	return Profile{Items: items, Weights: weights}
}

// extended returns the profile with a request's history added to it, undecayed:
// history is what happened since the as-of. Items that the model doesn't know
// add nothing.
func (m *Model) extended(known Profile, history []Interaction) Profile {
	if len(history) == 0 {
		return known
	}
	type entry struct {
		item   int32
		weight float32
	}
	entries := make([]entry, 0, len(known.Items)+len(history))
	for i, item := range known.Items {
		entries = append(entries, entry{item, known.Weights[i]})
	}
	for _, interaction := range history {
		item, ok := m.ItemIndex(interaction.Item)
		if !ok {
			continue
		}
		kind := interaction.Type
		if kind == "" {
			kind = "view"
		}
		if weight := m.parameters.Config.Scoring.EventWeights[kind]; weight > 0 {
			entries = append(entries, entry{int32(item), float32(weight)})
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.item, b.item) })
	profile := Profile{Items: make([]int32, 0, len(entries)), Weights: make([]float32, 0, len(entries))}
	for _, e := range entries {
		if last := len(profile.Items) - 1; last >= 0 && profile.Items[last] == e.item {
			profile.Weights[last] += e.weight
			continue
		}
		profile.Items = append(profile.Items, e.item)
		profile.Weights = append(profile.Weights, e.weight)
	}
	return profile
}
