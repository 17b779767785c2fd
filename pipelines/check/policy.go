package check

import (
	_ "embed"

	"github.com/daybreak-ml/daybreak/pipelines/policy"
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
	return policy.Load("check policy", defaultPolicy, path, Policy.validate)
}

func (p Policy) validate() error {
	return policy.Check([]policy.Bound{
		{Field: "days", Holds: p.Days >= 3, Want: "3 or more"},
		{Field: "least_days", Holds: p.LeastDays >= 3 && p.LeastDays <= p.Days, Want: "3 or more, and no more than days"},
		{Field: "history_days", Holds: p.HistoryDays >= p.Days, Want: "no fewer than days"},
		{Field: "past_half_life", Holds: p.PastHalfLife >= 1, Want: "1 day or more"},
		{Field: "popularity_half_life", Holds: p.PopularityHalfLife >= 1, Want: "1 day or more"},
		{Field: "chart_confidence", Holds: p.ChartConfidence > 0.5 && p.ChartConfidence < 1, Want: "between 0.5 and 1, for example 0.999"},
		{Field: "expectations.confidence", Holds: p.Expectations.Confidence > 0.5 && p.Expectations.Confidence < 1, Want: "between 0.5 and 1, for example 0.9999"},
		{Field: "expectations.volume_factor", Holds: p.Expectations.VolumeFactor >= 1, Want: "1 or more"},
		{Field: "expectations.quarantined_margin", Holds: isShare(p.Expectations.QuarantinedMargin), Want: "between 0 and 1"},
		{Field: "expectations.new_shoppers_margin", Holds: isShare(p.Expectations.NewShoppersMargin), Want: "between 0 and 1"},
		{Field: "expectations.missing_margin", Holds: isShare(p.Expectations.MissingMargin), Want: "between 0 and 1"},
	})
}

func isShare(x float64) bool { return x >= 0 && x <= 1 }
