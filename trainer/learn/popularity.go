package learn

import (
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// popularity returns each item's decayed weight over all shoppers, the most
// popular item's being 1.
func popularity(log *interactions.Log, asOf events.Day, halfLifeDays float64, admit func(interactions.Row) bool) []float32 {
	sums := sales(log, asOf, halfLifeDays, admit)
	most := slices.Max(sums)
	popularity := make([]float32, len(sums))
	if most > 0 {
		for i, sum := range sums {
			popularity[i] = float32(sum / most)
		}
	}
	return popularity
}

// trendPrior is what is added to an item's sales, both lately and long since, in
// parts of the mean item's, so that the trend of a slow seller stays near 1.
const trendPrior = 0.5

// trend returns each item's share of what sold lately, with the half-life of
// popularity, over its share of what sold with the half-life of trends: above 1
// for what is new, in season or back in stock. All are above 0.
//
// Item-to-item weights and factors know what goes with what, but not whether it
// still sells: they are learned from many months.
func trend(log *interactions.Log, asOf events.Day, settings Settings, admit func(interactions.Row) bool) []float32 {
	lately := sales(log, asOf, settings.PopularityHalfLifeDays, admit)
	long := sales(log, asOf, settings.TrendHalfLifeDays, admit)
	had := float64(log.Had())
	latelyMean, longMean := sum(lately)/had, sum(long)/had
	trend := make([]float32, len(lately))
	for i := range trend {
		trend[i] = 1
		if latelyMean > 0 && longMean > 0 {
			trend[i] = float32((lately[i]/latelyMean + trendPrior) / (long[i]/longMean + trendPrior))
		}
	}
	return trend
}

// sales returns each item's decayed weight over all shoppers.
func sales(log *interactions.Log, asOf events.Day, halfLifeDays float64, admit func(interactions.Row) bool) []float64 {
	sums := make([]float64, len(log.Items))
	decay := interactions.DecayOn(asOf, halfLifeDays)
	for _, row := range log.Rows {
		if admit(row) {
			sums[row.Item] += float64(row.Weight) * float64(decay(row.Day))
		}
	}
	return sums
}

func sum(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum
}
