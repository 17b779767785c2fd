package check

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"
)

//go:embed check.yaml
var defaultPolicy []byte

// Policy says what a day is compared with, and how closely. check.yaml documents each field.
type Policy struct {
	Days               int          `yaml:"days"`
	LeastDays          int          `yaml:"least_days"`
	HistoryDays        int          `yaml:"history_days"`
	PastHalfLife       float64      `yaml:"past_half_life"`
	PopularityHalfLife float64      `yaml:"popularity_half_life"`
	ChartConfidence    float64      `yaml:"chart_confidence"`
	Expectations       Expectations `yaml:"expectations"`
}

// Expectations are the limits on counts and shares.
type Expectations struct {
	Confidence        float64 `yaml:"confidence"`
	VolumeFactor      float64 `yaml:"volume_factor"`
	QuarantinedMargin float64 `yaml:"quarantined_margin"`
	NewShoppersMargin float64 `yaml:"new_shoppers_margin"`
	MissingMargin     float64 `yaml:"missing_margin"`
}

// Load reads a policy from a YAML file; what the file leaves out, and an empty path, take the
// defaults of check.yaml.
func Load(path string) (Policy, error) {
	policy, err := parse(Policy{}, defaultPolicy)
	if err != nil {
		return Policy{}, fmt.Errorf("default check policy: %w", err)
	}
	if path == "" {
		return policy, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Policy{}, fmt.Errorf("read check policy: %w", err)
	}
	policy, err = parse(policy, text)
	if err != nil {
		return Policy{}, fmt.Errorf("check policy %s: %w", path, err)
	}
	return policy, nil
}

// parse reads text over what policy says already.
func parse(policy Policy, text []byte) (Policy, error) {
	if err := yaml.UnmarshalWithOptions(text, &policy, yaml.Strict()); err != nil {
		return Policy{}, err
	}
	return policy, policy.validate()
}

func (p Policy) validate() error {
	for _, bound := range []struct {
		field string
		holds bool
		want  string
	}{
		{"days", p.Days >= 3, "3 or more"},
		{"least_days", p.LeastDays >= 3 && p.LeastDays <= p.Days, "3 or more, and no more than days"},
		{"history_days", p.HistoryDays >= p.Days, "no fewer than days"},
		{"past_half_life", p.PastHalfLife >= 1, "1 day or more"},
		{"popularity_half_life", p.PopularityHalfLife >= 1, "1 day or more"},
		{"chart_confidence", p.ChartConfidence > 0.5 && p.ChartConfidence < 1, "between 0.5 and 1, for example 0.999"},
		{"expectations.confidence", p.Expectations.Confidence > 0.5 && p.Expectations.Confidence < 1, "between 0.5 and 1, for example 0.9999"},
		{"expectations.volume_factor", p.Expectations.VolumeFactor >= 1, "1 or more"},
		{"expectations.quarantined_margin", isShare(p.Expectations.QuarantinedMargin), "between 0 and 1"},
		{"expectations.new_shoppers_margin", isShare(p.Expectations.NewShoppersMargin), "between 0 and 1"},
		{"expectations.missing_margin", isShare(p.Expectations.MissingMargin), "between 0 and 1"},
	} {
		if !bound.holds {
			return fmt.Errorf("%s: must be %s", bound.field, bound.want)
		}
	}
	return nil
}

func isShare(x float64) bool { return x >= 0 && x <= 1 }
