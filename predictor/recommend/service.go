// Package recommend is what every protocol of the predictor asks: it pins the version that serves,
// scores, measures, and says which version answered.
package recommend

import (
	"context"
	"errors"
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
	ErrLate       = admission.ErrLate       // the ErrOverloaded of who has waited too long
)

// RetryAfter is how long a client that was refused should wait before it asks again.
const RetryAfter = time.Second

// A Service answers for the models of a repository. It is safe for concurrent use.
type Service struct {
	Models  *versions.Repository
	Metrics *metrics.Metrics
	Gate    *Gate // bounds how many calls are answered at once; nil for no bound
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
	done    *job
}

// Release gives the memory of the lists to later calls, which may be done when the lists aren't needed any more: what they
// say, ids apart, changes then.
func (a Answers) Release() {
	if a.done == nil {
		return
	}
	for i := range a.done.results {
		a.done.results[i].KeepIDs()
	}
	a.ReleaseAll()
}

// ReleaseAll is Release when the ids aren't needed any more either.
func (a Answers) ReleaseAll() {
	if a.done != nil {
		a.done.forget()
		spare.Put(a.done)
	}
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
	asked := spare.Get().(*job)
	asked.requests = requests
	version, took, err := s.do(ctx, target, asked)
	if err != nil {
		return Answers{}, err
	}
	for i, result := range asked.results {
		if result.Err != nil {
			return Answers{}, instance.Locate(name(i), result.Err)
		}
		asked.lists = append(asked.lists, result.Answer)
	}
	s.Metrics.Model(target.Model).Predicted(version, asked.lists, took)
	return Answers{Version: version, Lists: asked.lists, done: asked}, nil
}

// Explain says why requests are answered as they are, all with the same version of the model asked.
// Errors as Recommend's.
func (s *Service) Explain(ctx context.Context, target Target, requests []model.Request, name func(i int) string) (Explanations, error) {
	lists := make([][]model.Explanation, len(requests))
	version, took, err := s.do(ctx, target, &job{explain: func(m *model.Model) (err error) {
		for i, request := range requests {
			if lists[i], err = m.Explain(request); err != nil {
				return instance.Locate(name(i), err)
			}
		}
		return nil
	}})
	if err != nil {
		return Explanations{}, err
	}
	s.Metrics.Model(target.Model).Explained(took)
	return Explanations{Version: version, Lists: lists}, nil
}

// do has a job done by a version of the model asked, when it is its turn or along with another, and returns
// the version's name and how long that took.
func (s *Service) do(ctx context.Context, target Target, asked *job) (version string, took time.Duration, err error) {
	acquired, err := s.Models.Acquire(target.Model, target.Version)
	if err != nil {
		return "", 0, err
	}
	defer acquired.Release()
	asked.version = acquired
	began := time.Now()
	if err := s.answer(ctx, asked); err != nil {
		return "", 0, err
	}
	return acquired.Name, time.Since(began), asked.err
}

// refused counts a call that was told to come again.
func (s *Service) refused(err error) {
	if errors.Is(err, ErrOverloaded) {
		s.Metrics.Refused(Reason(err))
	}
}

// Reason returns what metrics call the reason of an ErrOverloaded.
func Reason(err error) string {
	if errors.Is(err, ErrLate) {
		return metrics.Waited
	}
	return metrics.QueueFull
}

// answer has a job done. Errors: ErrOverloaded and the context's, of waiting.
func (s *Service) answer(ctx context.Context, asked *job) error {
	if s.Gate == nil {
		asked.alone()
		return nil
	}
	in, err := s.Gate.Enter(ctx, asked)
	if err != nil {
		s.refused(err)
		return err
	}
	if in {
		s.Gate.Along(model.Together-1, asked.joins, asked.answer)
	}
	if asked.met != nil {
		panic(asked.met)
	}
	return nil
}
