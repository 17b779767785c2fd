package model

import (
	"fmt"
	"math"
)

// Scoring is everything that turns a model's tensors and a shopper's history
// into scores. It is part of config.json, so that an auditor can repeat a score
// by hand:
//
//	weight(h)  = Σ event_weights[type] · 2^(−age in days / history_half_life_days), over the shopper's events on item h
//	score(i)   = past       · weight(i) · (past_offset + popularity(i))^past_exponent
//	           + item_item  · Σ_h log(1 + saturation · weight(h)) · item_item[h, i]
//	           + factors    · lift(i) · ⟨user factors, item factors of i⟩
//	           + popularity · popularity(i)
//
// with popularity between 0 and 1; lift favours what sells better lately than it used to, and is part
// of the item_item weights already. A request's history adds to the weights as SessionWeight says.
type Scoring struct {
	HistoryHalfLifeDays    float64            `json:"history_half_life_days"`
	PopularityHalfLifeDays float64            `json:"popularity_half_life_days"`
	SessionHalfLife        float64            `json:"session_half_life,omitempty"` // events of a request's history without a time, after which one counts half; 0 for never
	EventWeights           map[string]float64 `json:"event_weights"`               // by event type; a type that isn't named weighs nothing
	Saturation             float64            `json:"saturation"`
	Factorisation          Factorisation      `json:"factorisation"`
	Blend                  BlendWeights       `json:"blend"`
}

// Factorisation is the objective that user and item factors minimise, iALS with
// frequency-scaled regularisation (Rendle et al., Revisiting the Performance of
// iALS on Item Recommendation Benchmarks, 2022):
//
//	Σ_observed confidence·weight·(1 − ⟨p,q⟩)² + unobserved_weight·Σ_all ⟨p,q⟩²
//	  + Σ_rows regularisation·(count + unobserved_weight·N)^regularisation_exponent·|row|²
//
// where count is a row's number of observed entries and N the size of the other
// side.
type Factorisation struct {
	Confidence             float64 `json:"confidence"`
	UnobservedWeight       float64 `json:"unobserved_weight"`
	Regularisation         float64 `json:"regularisation"`
	RegularisationExponent float64 `json:"regularisation_exponent"`
}

// Ridge returns the weight on a row's squared norm, for a row with count
// observed entries against other rows on the other side.
func (f Factorisation) Ridge(count, other int) float32 {
	return float32(f.Regularisation * math.Pow(float64(count)+f.UnobservedWeight*float64(other), f.RegularisationExponent))
}

// BlendWeights weigh the four signals of a score.
type BlendWeights struct {
	Past         float64 `json:"past"`
	PastOffset   float64 `json:"past_offset"`
	PastExponent float64 `json:"past_exponent"`
	ItemItem     float64 `json:"item_item"`
	Factors      float64 `json:"factors"`
	Popularity   float64 `json:"popularity"`
}

// Validate reports the first value that no score can be computed with.
func (s Scoring) Validate() error {
	for _, c := range []struct {
		name  string
		value float64
		least float64
	}{
		{"history_half_life_days", s.HistoryHalfLifeDays, 1e-3},
		{"popularity_half_life_days", s.PopularityHalfLifeDays, 1e-3},
		{"session_half_life", s.SessionHalfLife, 0},
		{"saturation", s.Saturation, 0},
		{"factorisation.confidence", s.Factorisation.Confidence, 0},
		{"factorisation.unobserved_weight", s.Factorisation.UnobservedWeight, 0},
		{"factorisation.regularisation", s.Factorisation.Regularisation, 0},
		{"blend.past_offset", s.Blend.PastOffset, 0},
		{"blend.past_exponent", s.Blend.PastExponent, 0},
		{"blend.past", s.Blend.Past, -math.MaxFloat64},
		{"blend.item_item", s.Blend.ItemItem, -math.MaxFloat64},
		{"blend.factors", s.Blend.Factors, -math.MaxFloat64},
		{"blend.popularity", s.Blend.Popularity, -math.MaxFloat64},
	} {
		if math.IsNaN(c.value) || math.IsInf(c.value, 0) || c.value < c.least {
			return fmt.Errorf("scoring.%s is %v; it must be a number of at least %v", c.name, c.value, c.least)
		}
	}
	for kind, weight := range s.EventWeights {
		if math.IsNaN(weight) || math.IsInf(weight, 0) || weight < 0 {
			return fmt.Errorf("scoring.event_weights.%s is %v; it must be a number of at least 0", kind, weight)
		}
	}
	return nil
}
