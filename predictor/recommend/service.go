// Package recommend is what every protocol of the predictor asks: it pins the version that serves,
// scores, measures, and says which version answered.
package recommend

import (
	"context"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/admission"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// Errors that protocols tell apart, beside *instance.Error for a malformed request,
// *versions.UnknownModelError and *versions.UnknownVersionError.
var (
	ErrNotReady   = versions.ErrNotReady    // the model has nothing to answer with yet: 503
	ErrOverloaded = admission.ErrOverloaded // more requests wait than can be answered in time: 429, ask again after RetryAfter
)

// RetryAfter is how long a client that was refused should wait before it asks again.
const RetryAfter = time.Second

// A Service answers for the models of a repository. It is safe for concurrent use.
type Service struct {
	Models  *versions.Repository
	Metrics *metrics.Metrics
	Gate    *Gate // decides when calls are scored
}

// A Target is which model is asked.
type Target struct {
	Model   string
	Version string // empty for the newest that serves
}

// Answers is what one version answers to the requests of one call, in their order. They don't lie
// in the model's memory.
type Answers struct {
	Version string
	Lists   []model.Answer
}

// Explanations is why one version answers the requests of one call as it does, in their order: for
// each request, its items. They don't lie in the model's memory.
type Explanations struct {
	Version string
	Lists   [][]model.Explanation
}

// Recommend answers requests, all with the same version of the model asked. name returns what a
// protocol calls the i-th of them. Errors: those of this package, the context's.
func (s *Service) Recommend(ctx context.Context, target Target, requests []model.Request, name func(i int) string) (Answers, error) {
	version, err := s.Models.Acquire(target.Model, target.Version)
	if err != nil {
		return Answers{}, err
	}
	defer version.Release()
	began := time.Now()
	asked := &job{version: version, requests: requests}
	if err := s.Gate.do(ctx, asked); err != nil {
		return Answers{}, err
	}
	answers := Answers{Version: version.Name, Lists: make([]model.Answer, len(requests))}
	for i, result := range asked.results {
		if result.Err != nil {
			return Answers{}, instance.Locate(name(i), result.Err)
		}
		answers.Lists[i] = result.Answer
	}
	s.Metrics.Model(target.Model).Predicted(version.Name, answers.Lists, time.Since(began))
	return answers, nil
}

// Explain says why requests are answered as they are, all with the same version of the model asked.
// Errors as Recommend's.
func (s *Service) Explain(ctx context.Context, target Target, requests []model.Request, name func(i int) string) (Explanations, error) {
	version, err := s.Models.Acquire(target.Model, target.Version)
	if err != nil {
		return Explanations{}, err
	}
	defer version.Release()
	began := time.Now()
	asked := &job{version: version, requests: requests, explain: true}
	if err := s.Gate.do(ctx, asked); err != nil {
		return Explanations{}, err
	}
	for i, result := range asked.results {
		if result.Err != nil {
			return Explanations{}, instance.Locate(name(i), result.Err)
		}
	}
	s.Metrics.Model(target.Model).Explained(time.Since(began))
	return Explanations{Version: version.Name, Lists: asked.explanations}, nil
}
