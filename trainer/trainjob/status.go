package trainjob

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
)

// Status is how far a training has come.
type Status struct {
	Done      float64       // share of the work, from 0 to 1
	Remaining time.Duration // estimated; negative where it isn't known
	Metrics   map[string]float64
}

// What the API server accepts of a status.
const (
	mostMetrics   = 256
	longestMetric = 64 // bytes of a name
)

// document is UpdateTrainJobStatusRequest of trainer.kubeflow.org/v1alpha1.
type document struct {
	TrainerStatus trainerStatus `json:"trainerStatus"`
}

type trainerStatus struct {
	ProgressPercentage        int32     `json:"progressPercentage"`
	EstimatedRemainingSeconds *int32    `json:"estimatedRemainingSeconds,omitempty"`
	Metrics                   []metric  `json:"metrics,omitempty"`
	LastUpdatedTime           time.Time `json:"lastUpdatedTime"`
}

type metric struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// encode returns the request's body. Metrics that the API can't take are left out.
func (s Status) encode(now time.Time) ([]byte, error) {
	status := trainerStatus{
		ProgressPercentage: int32(100 * min(max(s.Done, 0), 1)),
		LastUpdatedTime:    now.UTC().Truncate(time.Second),
	}
	if s.Remaining >= 0 {
		seconds := int32(min(math.Ceil(s.Remaining.Seconds()), math.MaxInt32))
		status.EstimatedRemainingSeconds = &seconds
	}
	for name, value := range s.Metrics {
		if name == "" || len(name) > longestMetric || math.IsNaN(value) || math.IsInf(value, 0) {
			continue
		}
		status.Metrics = append(status.Metrics, metric{name, strconv.FormatFloat(value, 'g', 6, 64)})
	}
	slices.SortFunc(status.Metrics, func(a, b metric) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	status.Metrics = status.Metrics[:min(mostMetrics, len(status.Metrics))]
	return json.Marshal(document{status})
}
