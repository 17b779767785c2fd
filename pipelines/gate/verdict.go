package gate

import (
	"fmt"
	"strings"
)

// Decision says what becomes of tonight's model.
type Decision string

// The decisions.
const (
	Promote Decision = "promote"
	Reject  Decision = "reject"
)

// Verdict is the decision on a model and what it rests on.
type Verdict struct {
	Verdict Decision `json:"verdict"`
	// Reason is the verdict's reason in words and numbers.
	Reason   string    `json:"reason"`
	Settings []Setting `json:"settings"`
	Bounds   []Bound   `json:"bounds"`
	// Limits says what the evidence can't show.
	Limits string `json:"limits,omitempty"`
}

// knownLimits holds for every paired comparison.
const knownLimits = "tonight's model has seen the other shoppers' later days, which favours it a little; the margins have that taken off"

// FirstModel is the verdict where nothing serves yet.
func FirstModel() Verdict {
	return Verdict{Verdict: Promote, Reason: "first model", Settings: []Setting{}, Bounds: []Bound{}}
}

// Superseded is the verdict on a model of a day before that of the one that serves, which is never
// taken back for it.
func Superseded(reason string) Verdict {
	return Verdict{Verdict: Reject, Reason: reason, Settings: []Setting{}, Bounds: []Bound{}}
}

// Decide says whether tonight's model may take the place of the one that serves. skipped, unless it
// is empty, says why there are no pairs.
func Decide(policy Policy, pairs []Pair, skipped string, bounds []Bound) Verdict {
	v := Verdict{
		Settings: []Setting{
			policy.judge("all", policy.Margins.All, policy.Allowances.All, pairs),
			policy.judge("new", policy.Margins.New, policy.Allowances.New, pairs),
		},
		Bounds: append([]Bound{}, bounds...),
		Limits: knownLimits,
	}
	for _, bound := range bounds {
		if bound.Outside {
			v.Verdict = Reject
			v.Reason = bound.Says
			return v
		}
	}
	if v.Settings[0].Outcome == NoEvidence && v.Settings[1].Outcome == NoEvidence {
		return policy.withoutEvidence(v, skipped)
	}
	v.Verdict = Promote
	var against, reasons []string
	for _, setting := range v.Settings {
		reasons = append(reasons, setting.Says)
		if policy.rejects(setting) {
			v.Verdict = Reject
			against = append(against, setting.Says)
		}
	}
	if v.Verdict == Reject {
		reasons = against
	}
	v.Reason = strings.Join(reasons, "; ")
	return v
}

func (p Policy) rejects(s Setting) bool {
	switch s.Outcome {
	case Inferior:
		return true
	case Underpowered:
		return p.Underpowered == "reject" || s.Difference < -s.Margin
	}
	return false
}

func (p Policy) withoutEvidence(v Verdict, skipped string) Verdict {
	v.Verdict = Decision(p.WithoutEvidence)
	if skipped == "" {
		skipped = fmt.Sprintf("%d shoppers of the holdout group bought anything; %d are needed", v.Settings[0].Shoppers, p.LeastShoppers)
	}
	v.Reason = "no evidence: " + skipped + "; the policy says " + p.WithoutEvidence
	return v
}

func name(metric string) string { return strings.ReplaceAll(metric, "ndcg", "NDCG") }

func percent(x float64) string { return fmt.Sprintf("%+.1f %%", 100*x) }

func unsigned(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
