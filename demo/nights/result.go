package nights

import "github.com/daybreak-ml/daybreak/events"

// Result is what `pipelines night --output json` prints of a night.
type Result struct {
	Date events.Day `json:"date"`
	// The day's own, not what the model has learned from.
	Events  int      `json:"events"`
	Users   int      `json:"users"`
	Items   int      `json:"items"`
	Learned *Learned `json:"learned"` // nil where no model was trained
	Check   Check    `json:"check"`
	Metrics *Metrics `json:"metrics"` // nil where no model was trained
	Gate    *Gate    `json:"gate"`    // nil where the night did not come to it
	// Version is the night's; ServingVersion the one that serves after it.
	Version        string             `json:"version"`
	ServingVersion string             `json:"serving_version"`
	Seconds        map[string]float64 `json:"seconds"` // by step
}

// Learned is what a model has learned from.
type Learned struct {
	Events int `json:"events"`
	Users  int `json:"users"`
	Items  int `json:"items"`
}

// Check is the check's verdict on the day: pass or hold.
type Check struct {
	Verdict string   `json:"verdict"`
	Reasons []string `json:"reasons"`
}

// Metrics are of the night's model, on all items.
type Metrics struct {
	Recall float64 `json:"recall@20"`
	NDCG   float64 `json:"ndcg@20"`
}

// Gate is the gate's verdict on the model: promote or reject.
type Gate struct {
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
}

// Verdicts.
const (
	Hold    = "hold"
	Reject  = "reject"
	Promote = "promote"
)

// Verdict is what the night came to: hold, reject or promote.
func (r Result) Verdict() string {
	switch {
	case r.Check.Verdict == Hold:
		return Hold
	case r.Gate != nil:
		return r.Gate.Verdict
	}
	return ""
}

// Reasons are those of the verdict.
func (r Result) Reasons() []string {
	switch {
	case r.Check.Verdict == Hold:
		return r.Check.Reasons
	case r.Gate != nil:
		return []string{r.Gate.Reason}
	}
	return nil
}
