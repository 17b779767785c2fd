// Package recommend is what every protocol of the predictor asks: it pins the version that serves,
// scores, measures, and says which version answered.
package recommend

import (
	"context"
	"fmt"
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
	Models    *versions.Repository
	Metrics   *metrics.Metrics
	Admission *admission.Gate // lets so many requests score at once and so many wait
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
	answers := Answers{}
	err := s.score(ctx, target, len(requests), func(version *versions.Version) error {
		began := time.Now()
		answers = Answers{Version: version.Name, Lists: make([]model.Answer, len(requests))}
		for i, request := range requests {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("the client went away: %w", err)
			}
			var err error
			if answers.Lists[i], err = version.Model.Recommend(request); err != nil {
				return instance.Locate(name(i), err)
			}
		}
		s.Metrics.Model(target.Model).Predicted(version.Name, answers.Lists, time.Since(began))
		return nil
	})
	return answers, err
}

// Explain says why requests are answered as they are, all with the same version of the model asked.
// Errors as Recommend's.
func (s *Service) Explain(ctx context.Context, target Target, requests []model.Request, name func(i int) string) (Explanations, error) {
	explanations := Explanations{}
	err := s.score(ctx, target, len(requests), func(version *versions.Version) error {
		began := time.Now()
		explanations = Explanations{Version: version.Name, Lists: make([][]model.Explanation, len(requests))}
		for i, request := range requests {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("the client went away: %w", err)
			}
			var err error
			if explanations.Lists[i], err = version.Model.Explain(request); err != nil {
				return instance.Locate(name(i), err)
			}
		}
		s.Metrics.Model(target.Model).Explained(time.Since(began))
		return nil
	})
	return explanations, err
}

// score lets n requests in, pins a version and runs do with it.
func (s *Service) score(ctx context.Context, target Target, n int, do func(*versions.Version) error) error {
	version, err := s.Models.Acquire(target.Model, target.Version)
	if err != nil {
		return err
	}
	defer version.Release()
	leave, err := s.Admission.Enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return do(version)
}
