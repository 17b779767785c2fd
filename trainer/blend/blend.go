// Package blend chooses the weights of a model's four signals, and how much
// trends count, on shoppers whose purchases the model has not seen.
package blend

import (
	"math"

	"github.com/daybreak-ml/daybreak/model"
)

// A Choice is what a sample decides.
type Choice struct {
	Weights model.BlendWeights
	// TrendExponent is the power to which an item's trend lifts what item-to-item
	// weights and factors say of it; 0 leaves trends out.
	TrendExponent float64
}

// Lift returns what each item is lifted by, from its trend.
func (c Choice) Lift(trend []float32) []float32 {
	lift := make([]float32, len(trend))
	for i, t := range trend {
		lift[i] = float32(math.Pow(float64(t), c.TrendExponent))
	}
	return lift
}

// The values that are tried for each weight, item-to-item being 1. Coarse on
// purpose: a few weeks of one shop don't tell more.
var grids = []grid{
	{func(c *Choice) *float64 { return &c.TrendExponent }, []float64{0, 0.25, 0.5, 0.75, 1, 1.25}},
	{func(c *Choice) *float64 { return &c.Weights.Popularity }, []float64{0, 0.02, 0.05, 0.1, 0.2, 0.4, 1}},
	{func(c *Choice) *float64 { return &c.Weights.Factors }, []float64{0, 0.3, 0.6, 1, 1.5}},
	{func(c *Choice) *float64 { return &c.Weights.Past }, []float64{0, 0.3, 0.6, 1, 1.5, 2, 3, 4}},
	{func(c *Choice) *float64 { return &c.Weights.PastExponent }, []float64{0, 0.25, 0.5, 0.75, 1}},
	{func(c *Choice) *float64 { return &c.Weights.PastOffset }, []float64{0.03, 0.1, 0.2, 0.4}},
}

type grid struct {
	of     func(*Choice) *float64
	values []float64
}

const (
	rounds = 2
	// margin is how much better, in NDCG all plus NDCG new, another value has to
	// be to be taken: less is noise.
	margin = 2e-4
)

// Choose returns what ranks the sample best, and its objective: coordinate ascent
// from start.
func (s *Sample) Choose(start Choice) (best Choice, objective float64) {
	s.order(start)
	known := map[Choice]float64{}
	try := func(c Choice) float64 {
		if !s.factors {
			c.Weights.Factors = 0 // whatever it is
		}
		if _, ok := known[c]; !ok {
			known[c] = s.Objective(c)
		}
		return known[c]
	}
	best, objective = start, try(start)
	for range rounds {
		for _, g := range grids {
			for _, value := range g.values {
				trial := best
				*g.of(&trial) = value
				if got := try(trial); got > objective+margin {
					best, objective = trial, got
				}
			}
		}
	}
	return best, objective
}
