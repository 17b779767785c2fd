package model

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A Profile is what a shopper did, as a score sees it: items by row, ascending,
// each once, with the decayed weight of all events on it. Items and Weights are
// of equal length.
type Profile struct {
	Items   []int32
	Weights []float32
}

// extended returns the profile with a request's history added to it, each event weighed as
// Scoring.SessionWeight says. Items that the model doesn't know add nothing.
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
	scoring := m.parameters.Config.Scoring
	newest := newestTime(history)
	for place, interaction := range history {
		item, ok := m.ItemIndex(interaction.Item)
		if !ok {
			continue
		}
		if weight := scoring.SessionWeight(interaction, newest, len(history)-1-place); weight > 0 {
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

// newestTime returns the latest time that a history states, or zero.
func newestTime(history []Interaction) time.Time {
	var newest time.Time
	for _, interaction := range history {
		if interaction.Time.After(newest) {
			newest = interaction.Time
		}
	}
	return newest
}

// SessionWeight returns the weight of an event of a request's history: its type's, decayed. An event
// with a time decays as the shopper's past does, by its age at the newest time in the history; for
// one without, its place in the list stands for its age, by how many events are newer.
func (s Scoring) SessionWeight(event Interaction, newest time.Time, newer int) float64 {
	kind := event.Type
	if kind == "" {
		kind = "view"
	}
	weight := s.EventWeights[kind]
	switch {
	case !event.Time.IsZero():
		days := newest.Sub(event.Time).Hours() / 24
		return weight * math.Exp2(-days/s.HistoryHalfLifeDays)
	case s.SessionHalfLife > 0:
		return weight * math.Exp2(-float64(newer)/s.SessionHalfLife)
	}
	return weight
}
