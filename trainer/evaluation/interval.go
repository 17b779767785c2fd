package evaluation

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
)

// An Interval is a 95 % confidence interval.
type Interval struct {
	Low, High float64
}

// MarshalJSON gives the interval as [low, high].
func (i Interval) MarshalJSON() ([]byte, error) { return json.Marshal([2]float64{i.Low, i.High}) }

const (
	resamples     = 1000
	bootstrapSeed = 0xb007
)

// Bootstrap returns the interval of the mean over windows of the mean over
// shoppers, by drawing each window's shoppers again, with replacement: the
// percentile bootstrap. Windows without shoppers are left out. The same values
// give the same interval.
func Bootstrap(windows [][]float64) Interval {
	windows = slices.DeleteFunc(slices.Clone(windows), func(w []float64) bool { return len(w) == 0 })
	if len(windows) == 0 {
		return Interval{}
	}
	source := rand.New(rand.NewPCG(bootstrapSeed, 0))
	means := make([]float64, resamples)
	for b := range means {
		for _, values := range windows {
			var sum float64
			for range values {
				sum += values[source.IntN(len(values))]
			}
			means[b] += sum / float64(len(values)) / float64(len(windows))
		}
	}
	slices.Sort(means)
	return Interval{Low: means[resamples*25/1000], High: means[resamples*975/1000-1]}
}
