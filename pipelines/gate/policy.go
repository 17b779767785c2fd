package gate

import (
	_ "embed"

	"github.com/daybreak-ml/daybreak/pipelines/policy"
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
	return policy.Load("gate policy", defaultPolicy, path, Policy.validate)
}

func (p Policy) validate() error {
	return policy.Check([]policy.Bound{
		{Field: "metric", Holds: p.Metric == "ndcg@20" || p.Metric == "recall@20", Want: "ndcg@20 or recall@20"},
		{Field: "margins.all", Holds: p.Margins.All > 0 && p.Margins.All < 1, Want: "between 0 and 1, for example 0.05"},
		{Field: "margins.new", Holds: p.Margins.New > 0 && p.Margins.New < 1, Want: "between 0 and 1, for example 0.20"},
		{Field: "allowances.all", Holds: p.Allowances.All >= 0 && p.Allowances.All < p.Margins.All, Want: "0 or more, and less than margins.all"},
		{Field: "allowances.new", Holds: p.Allowances.New >= 0 && p.Allowances.New < p.Margins.New, Want: "0 or more, and less than margins.new"},
		{Field: "confidence", Holds: p.Confidence > 0.5 && p.Confidence < 1, Want: "between 0.5 and 1, for example 0.95"},
		{Field: "resamples", Holds: p.Resamples >= 100 && p.Resamples <= 1_000_000, Want: "from 100 to 1000000"},
		{Field: "underpowered", Holds: p.Underpowered == "estimate" || p.Underpowered == "reject", Want: "estimate or reject"},
		{Field: "least_shoppers", Holds: p.LeastShoppers >= 2, Want: "2 or more"},
		{Field: "without_evidence", Holds: p.WithoutEvidence == "promote" || p.WithoutEvidence == "reject", Want: "promote or reject"},
		{Field: "bounds.least_items", Holds: p.Bounds.LeastItems >= 0, Want: "0 or more"},
		{Field: "bounds.least_users", Holds: p.Bounds.LeastUsers >= 0, Want: "0 or more"},
		{Field: "bounds.most_bytes", Holds: p.Bounds.MostBytes > 0, Want: "more than 0"},
	})
}
