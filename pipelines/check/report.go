package check

import "github.com/daybreak-ml/daybreak/events"

// Verdict says what becomes of a day.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass" // it may be learned from
	Hold Verdict = "hold" // nothing is to learn from it until someone has looked at it
)

// Report is the verdict on a day and what it rests on.
type Report struct {
	Day events.Day `json:"day"`
	// SHA256 is of the day's content, as its manifest names it.
	SHA256  string  `json:"sha256"`
	Verdict Verdict `json:"verdict"`
	// Reasons say why the day is held, one for each finding that is outside.
	Reasons []string `json:"reasons"`
	// Released says who let a day pass that had been held, and why; then Reasons are those it was
	// held for.
	Released string `json:"released,omitempty"`
	// ComparedWith is the number of days the limits were made of. With too few there are no limits
	// and no findings.
	ComparedWith int       `json:"compared_with"`
	Findings     []Finding `json:"findings"`
	Figures      Figures   `json:"figures"`
}

// Finding is one figure of the day and where it was to be expected.
type Finding struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Lower   float64 `json:"lower"`
	Upper   float64 `json:"upper"`
	Outside bool    `json:"outside"`
	// Says is the finding in words and numbers.
	Says string `json:"says"`
}

// Summary is the report in one line, for a table or a log.
func (r Report) Summary() string {
	switch {
	case r.Verdict == Hold:
		summary := r.Reasons[0]
		for _, reason := range r.Reasons[1:] {
			summary += "; " + reason
		}
		return summary
	case r.Released != "":
		return r.Released
	case len(r.Findings) == 0:
		return "too few days to compare with"
	}
	return "looks like this shop's last days"
}
