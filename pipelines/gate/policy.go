package gate

import (
	_ "embed"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"
)

//go:embed gate.yaml
var defaultPolicy []byte

// Policy says how a model is compared with the one that serves. gate.yaml documents each field.
type Policy struct {
	Metric          string      `yaml:"metric"`
	Margins         Settings    `yaml:"margins"`
	Allowances      Settings    `yaml:"allowances"`
	Confidence      float64     `yaml:"confidence"`
	Resamples       int         `yaml:"resamples"`
	Seed            uint64      `yaml:"seed"`
	Underpowered    string      `yaml:"underpowered"` // estimate or reject
	LeastShoppers   int         `yaml:"least_shoppers"`
	WithoutEvidence string      `yaml:"without_evidence"` // promote or reject
	Bounds          BoundPolicy `yaml:"bounds"`
}

// Settings holds a share for each of the two settings.
type Settings struct {
	All float64 `yaml:"all"`
	New float64 `yaml:"new"`
}

// BoundPolicy limits what needs no statistics, relative to the model that serves.
type BoundPolicy struct {
	LeastItems float64 `yaml:"least_items"`
	LeastUsers float64 `yaml:"least_users"`
	MostBytes  float64 `yaml:"most_bytes"`
}

// Load reads a policy from a YAML file; what the file leaves out, and an empty path, take the
// defaults of gate.yaml.
func Load(path string) (Policy, error) {
	policy, err := parse(Policy{}, defaultPolicy)
	if err != nil {
		return Policy{}, fmt.Errorf("default gate policy: %w", err)
	}
	if path == "" {
		return policy, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Policy{}, fmt.Errorf("read gate policy: %w", err)
	}
	policy, err = parse(policy, text)
	if err != nil {
		return Policy{}, fmt.Errorf("gate policy %s: %w", path, err)
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
		{"metric", p.Metric == "ndcg@20" || p.Metric == "recall@20", "ndcg@20 or recall@20"},
		{"margins.all", p.Margins.All > 0 && p.Margins.All < 1, "between 0 and 1, for example 0.05"},
		{"margins.new", p.Margins.New > 0 && p.Margins.New < 1, "between 0 and 1, for example 0.20"},
		{"allowances.all", p.Allowances.All >= 0 && p.Allowances.All < p.Margins.All, "0 or more, and less than margins.all"},
		{"allowances.new", p.Allowances.New >= 0 && p.Allowances.New < p.Margins.New, "0 or more, and less than margins.new"},
		{"confidence", p.Confidence > 0.5 && p.Confidence < 1, "between 0.5 and 1, for example 0.95"},
		{"resamples", p.Resamples >= 100 && p.Resamples <= 1_000_000, "from 100 to 1000000"},
		{"underpowered", p.Underpowered == "estimate" || p.Underpowered == "reject", "estimate or reject"},
		{"least_shoppers", p.LeastShoppers >= 2, "2 or more"},
		{"without_evidence", p.WithoutEvidence == "promote" || p.WithoutEvidence == "reject", "promote or reject"},
		{"bounds.least_items", p.Bounds.LeastItems >= 0, "0 or more"},
		{"bounds.least_users", p.Bounds.LeastUsers >= 0, "0 or more"},
		{"bounds.most_bytes", p.Bounds.MostBytes > 0, "more than 0"},
	} {
		if !bound.holds {
			return fmt.Errorf("%s: must be %s", bound.field, bound.want)
		}
	}
	return nil
}
