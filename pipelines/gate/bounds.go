package gate

import "fmt"

// Facts is what can be said of a model without statistics.
type Facts struct {
	Items int   // that it knows
	Users int   // that it knows
	Bytes int64 // of its folder
}

// Bound is a fact of tonight's model and how far it may be from that of the one that serves.
type Bound struct {
	Name    string  `json:"name"`
	Old     float64 `json:"old"`
	New     float64 `json:"new"`
	Outside bool    `json:"outside"`
	Says    string  `json:"says"`
}

// Compare compares the facts of tonight's model with those of the one that serves.
func (p Policy) Compare(older, newer Facts) []Bound {
	bounds := []Bound{
		{Name: "items", Old: float64(older.Items), New: float64(newer.Items)},
		{Name: "users", Old: float64(older.Users), New: float64(newer.Users)},
		{Name: "bytes", Old: float64(older.Bytes), New: float64(newer.Bytes)},
	}
	for i, limit := range []struct {
		outside bool
		word    string
		factor  float64
	}{
		{bounds[0].New < p.Bounds.LeastItems*bounds[0].Old, "at least", p.Bounds.LeastItems},
		{bounds[1].New < p.Bounds.LeastUsers*bounds[1].Old, "at least", p.Bounds.LeastUsers},
		{bounds[2].New > p.Bounds.MostBytes*bounds[2].Old, "at most", p.Bounds.MostBytes},
	} {
		bound := &bounds[i]
		bound.Outside = limit.outside
		bound.Says = fmt.Sprintf("the model has %.0f %s, the one that serves %.0f; %s %g times as many are allowed",
			bound.New, bound.Name, bound.Old, limit.word, limit.factor)
	}
	return bounds
}
