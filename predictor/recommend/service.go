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
	Gate    *admission.Gate // bounds how many calls are answered at once; nil for no bound
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
	answers := Answers{Lists: make([]model.Answer, len(requests))}
	version, took, err := s.do(ctx, target, func(m *model.Model) (err error) {
		for i, request := range requests {
			if answers.Lists[i], err = m.Recommend(request); err != nil {
				return instance.Locate(name(i), err)
			}
		}
		return nil
	})
	if err != nil {
		return Answers{}, err
	}
	answers.Version = version
	s.Metrics.Model(target.Model).Predicted(version, answers.Lists, took)
	return answers, nil
}

// Explain says why requests are answered as they are, all with the same version of the model asked.
// Errors as Recommend's.
func (s *Service) Explain(ctx context.Context, target Target, requests []model.Request, name func(i int) string) (Explanations, error) {
	lists := make([][]model.Explanation, len(requests))
	version, took, err := s.do(ctx, target, func(m *model.Model) (err error) {
		for i, request := range requests {
			if lists[i], err = m.Explain(request); err != nil {
				return instance.Locate(name(i), err)
			}
		}
		return nil
	})
	if err != nil {
		return Explanations{}, err
	}
	s.Metrics.Model(target.Model).Explained(took)
	return Explanations{Version: version, Lists: lists}, nil
}

// do has a version of the model asked answer, when it is the caller's turn, and returns its name and how
// long that took.
func (s *Service) do(ctx context.Context, target Target, answer func(*model.Model) error) (version string, took time.Duration, err error) {
	acquired, err := s.Models.Acquire(target.Model, target.Version)
	if err != nil {
		return "", 0, err
	}
	defer acquired.Release()
	began := time.Now()
	if s.Gate != nil {
		if err := s.Gate.Enter(ctx); err != nil {
			return "", 0, err
		}
		defer s.Gate.Leave()
	}
	err = answer(acquired.Model)
	return acquired.Name, time.Since(began), err
}
