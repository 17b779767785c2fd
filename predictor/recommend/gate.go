package recommend

import (
	"context"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/admission"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// together is how many requests that wait anyway are scored in one pass over the catalogue.
const together = 4

// A Gate decides when calls are scored: a bounded number at once, a bounded number waiting. A nil Gate
// scores each at once. It is safe for concurrent use.
type Gate struct{ gate *admission.Gate[*job] }

// NewGate returns a gate for concurrency calls at once, and queue calls that wait. With a concurrency
// of 0 nothing is scored: calls wait until their deadline.
func NewGate(concurrency, queue int) *Gate {
	limits := admission.Limits{Concurrency: concurrency, Queue: queue, Batch: together}
	return &Gate{admission.New(limits, (*job).joins, score)}
}

// A job is a call on its way: requests to one version.
type job struct {
	version  *versions.Version
	requests []model.Request
	explain  bool

	results      []model.Result // one for each request; only their errors count when explaining
	explanations [][]model.Explanation
}

// joins says whether a call can be scored with another: both ask for one list of the same version.
func (j *job) joins(other *job) bool {
	return j.version == other.version && !j.explain && !other.explain && len(j.requests) == 1 && len(other.requests) == 1
}

// full says whether a call that came now would find no place to wait.
func (g *Gate) full() bool { return g != nil && g.gate.Full() }

func (g *Gate) do(ctx context.Context, asked *job) error {
	if g == nil {
		score([]*job{asked})
		return nil
	}
	return g.gate.Do(ctx, asked)
}

// score answers calls, which either is one or are calls that join.
func score(calls []*job) {
	first := calls[0]
	switch {
	case first.explain:
		first.explainAll()
	case len(calls) == 1:
		first.results = first.version.Model.RecommendEach(first.requests)
	default:
		requests := make([]model.Request, len(calls))
		for i, call := range calls {
			requests[i] = call.requests[0]
		}
		results := first.version.Model.RecommendEach(requests)
		for i, call := range calls {
			call.results = results[i : i+1]
		}
	}
}

func (j *job) explainAll() {
	j.results = make([]model.Result, len(j.requests))
	j.explanations = make([][]model.Explanation, len(j.requests))
	for i, request := range j.requests {
		j.explanations[i], j.results[i].Err = j.version.Model.Explain(request)
	}
}
