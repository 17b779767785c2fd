package model

import (
	"fmt"
	"time"
)

// MaxK is the longest list that one request may ask for.
const MaxK = 1000

// Strategy says what an answer was made from.
type Strategy string

// The strategies, from the most personal to the least.
const (
	Blend      Strategy = "blend"      // all signals: the shopper is known, or was folded in from the request's history
	Similar    Strategy = "similar"    // items like the one the request names
	Popularity Strategy = "popularity" // nothing is known of the shopper
)

// An Interaction is one thing that a shopper did since the model's as-of.
type Interaction struct {
	Item  string    `json:"item_id"`
	Type  string    `json:"type,omitempty"`  // an event type such as "purchase"; empty means "view"
	Time  time.Time `json:"time,omitzero"`   // zero means now
	Value float64   `json:"value,omitempty"` // a rating or an amount of money, where the type has one
}

// A Request asks for the K items that suit one shopper best.
type Request struct {
	User        string        `json:"user_id,omitempty"`
	History     []Interaction `json:"history,omitempty"` // since the model's as-of, newest last
	K           int           `json:"k"`
	Exclude     []string      `json:"exclude,omitempty"`      // item ids that must not be in the answer
	ExcludeSeen bool          `json:"exclude_seen,omitempty"` // leave out what the shopper has bought
	Categories  []string      `json:"categories,omitempty"`   // if any, only items of these
	InStock     bool          `json:"in_stock,omitempty"`     // only items in stock
	SimilarTo   string        `json:"similar_to,omitempty"`   // an item id: items like it rather than for the shopper; one that the model doesn't know is passed over
	Explain     bool          `json:"explain,omitempty"`      // fill in Scored.Because

	Allow       []string `json:"allow,omitempty"`            // if any, only these item ids
	Diversity   float64  `json:"diversity,omitempty"`        // 0 to 1: the share of the choice given to being unlike what is listed already
	PerCategory int      `json:"max_per_category,omitempty"` // at most so many items of one category; 0 means any number
}

// Scored is one recommended item.
type Scored struct {
	Item    int      `json:"-"` // row of the item in the model
	ID      string   `json:"item_id"`
	Score   float32  `json:"score"`
	Because []string `json:"because,omitempty"` // the shopper's own items that speak most for it, strongest first
}

// An Answer is the recommended items, best first; ties are broken by item id.
type Answer struct {
	Items    []Scored `json:"items"`
	Strategy Strategy `json:"strategy"`
}

// A RequestError says which field of a request is malformed and what would be
// right. It is the only error that scoring returns for a loaded model.
type RequestError struct {
	Field   string
	Message string
}

func (e *RequestError) Error() string { return fmt.Sprintf("%s %s", e.Field, e.Message) }

// Validate reports the first malformed field as a *RequestError. Unknown
// shoppers and items are not malformed.
func (r Request) Validate() error {
	if r.K < 1 || r.K > MaxK {
		return &RequestError{Field: "k", Message: fmt.Sprintf("is %d; it must be from 1 to %d", r.K, MaxK)}
	}
	if !(r.Diversity >= 0 && r.Diversity <= 1) {
		return &RequestError{Field: "diversity", Message: fmt.Sprintf("is %v; it must be from 0 to 1", r.Diversity)}
	}
	if r.PerCategory < 0 {
		return &RequestError{Field: "max_per_category", Message: fmt.Sprintf("is %d; it must be 0 or more", r.PerCategory)}
	}
	for i, interaction := range r.History {
		if interaction.Item == "" {
			return &RequestError{Field: fmt.Sprintf("history[%d].item_id", i), Message: "is empty; it must name an item"}
		}
	}
	return nil
}
