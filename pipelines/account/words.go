package account

import (
	"fmt"
	"strings"

	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

// Headline is the outcome in one sentence.
func (a Account) Headline() string {
	name := "Tonight's model"
	if a.Version != "" {
		name = "Version " + a.Version
	}
	switch a.Outcome {
	case Promoted:
		return name + " goes to the shoppers"
	case Rejected:
		return name + " is rejected: the model that served goes on serving"
	case Held:
		return "The day is held: no model was learned from it"
	}
	return name + " is trained; the gate has not decided yet"
}

// Reasons say why, one sentence each.
func (a Account) Reasons() []string {
	switch {
	case a.Outcome == Held:
		return append([]string{"The day does not look like this shop, so someone should look at it before a model does."}, a.Check.Reasons...)
	case a.Gate == nil:
		return nil
	case a.Gate.Reason == "first model":
		return []string{"It is the first model; there was none to compare it with."}
	}
	var reasons []string
	for _, bound := range a.Gate.Bounds {
		if bound.Outside {
			reasons = append(reasons, sentence(bound.Says))
		}
	}
	for _, setting := range a.Gate.Settings {
		reasons = append(reasons, inWords(setting))
	}
	if len(reasons) == 0 {
		reasons = append(reasons, sentence(a.Gate.Reason))
	}
	return reasons
}

// subject says what a setting counts.
func subject(setting string) string {
	if setting == "new" {
		return "On what shoppers bought for the first time"
	}
	return "On everything shoppers bought"
}

// inWords says what the evidence of a setting shows.
func inWords(s gate.Setting) string {
	if s.Outcome == gate.NoEvidence {
		return fmt.Sprintf("%s there is no evidence: only %d shoppers to compare on.", subject(s.Setting), s.Shoppers)
	}
	verb := "rose"
	if s.Difference < 0 {
		verb = "fell"
	}
	moved := fmt.Sprintf("%s, %s %s from %.3f to %.3f (%s), measured on %d shoppers.", subject(s.Setting),
		strings.ReplaceAll(s.Metric, "ndcg", "NDCG"), verb, s.Old, s.New, signed(s.Difference), s.Shoppers)
	switch s.Outcome {
	case gate.NonInferior:
		return moved + fmt.Sprintf(" The true difference is surely above %s, which is within the %s that is tolerated.", signed(s.Lower), signed(-s.Margin))
	case gate.Inferior:
		return moved + fmt.Sprintf(" It can't be shown to stay within the %s that is tolerated: it may be as low as %s.", signed(-s.Margin), signed(s.Lower))
	}
	return moved + fmt.Sprintf(" These are too few shoppers to be sure: a loss under %s would go unseen, where %s is tolerated.", share(s.SmallestVisible), share(s.Margin))
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// signed writes a share as a difference, with a real minus.
func signed(x float64) string {
	return strings.Replace(fmt.Sprintf("%+.1f %%", 100*x), "-", "−", 1)
}

func share(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
