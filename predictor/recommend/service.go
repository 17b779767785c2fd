// Package recommend is what every protocol of the predictor asks: it pins the version that serves,
// scores, measures, and says which version answered.
package recommend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

const (
	// MaxBody is the largest request that is read, in bytes.
	MaxBody = 4 << 20
	// MaxInstances is the largest number of shoppers in one request.
	MaxInstances = 1000
)

// A Service answers for one model. It is safe for concurrent use.
type Service struct {
	Name     string // of the model
	Versions *versions.Versions
	Metrics  *metrics.Metrics
}

// Answers is what one version answers to the requests of one call, in their order. They don't lie
// in the model's memory.
type Answers struct {
	Version string
	Lists   []model.Answer
}

// An UnknownVersionError says that a request asks for a version that doesn't serve.
type UnknownVersionError struct{ Asked, Serves string }

func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf("version %q does not serve; version %q does", e.Asked, e.Serves)
}

// Acquire returns the version that serves, if it is the one asked for or none is. The caller
// releases it when done. Errors: *UnknownVersionError, versions.ErrNotReady.
func (s *Service) Acquire(asked string) (*versions.Version, error) {
	version, err := s.Versions.Acquire()
	if err != nil {
		return nil, err
	}
	if asked != "" && asked != version.Name {
		version.Release()
		return nil, &UnknownVersionError{Asked: asked, Serves: version.Name}
	}
	return version, nil
}

// Recommend answers requests, all with the same version: the one asked for, if any is. name returns
// what a protocol calls the i-th of them. Errors: those of Acquire, *instance.Error for a malformed
// request, the context's.
func (s *Service) Recommend(ctx context.Context, asked string, requests []model.Request, name func(i int) string) (Answers, error) {
	version, err := s.Acquire(asked)
	if err != nil {
		return Answers{}, err
	}
	defer version.Release()
	began := time.Now()
	answers := Answers{Version: version.Name, Lists: make([]model.Answer, len(requests))}
	for i, request := range requests {
		if err := ctx.Err(); err != nil {
			return answers, fmt.Errorf("the client went away: %w", err)
		}
		if answers.Lists[i], err = version.Model.Recommend(request); err != nil {
			return answers, instance.Locate(name(i), err)
		}
	}
	s.Metrics.Predicted(version.Name, answers.Lists, time.Since(began))
	return answers, nil
}

// statusClientClosedRequest is what proxies log for a client that has gone; nobody receives it.
const statusClientClosedRequest = 499

// Status returns the HTTP status that tells a client of err.
func Status(err error) int {
	var malformed *instance.Error
	var tooLarge *http.MaxBytesError
	var unknown *UnknownVersionError
	switch {
	case errors.As(err, &malformed):
		return http.StatusBadRequest
	case errors.As(err, &unknown):
		return http.StatusNotFound
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, versions.ErrNotReady):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return statusClientClosedRequest
	}
	return http.StatusInternalServerError
}

// ReadBody reads a request's body, which must not be empty nor larger than MaxBody. While no model
// serves it is not read at all.
func (s *Service) ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if !s.Versions.Ready() {
		return nil, versions.ErrNotReady
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fmt.Errorf("the body must be at most %d bytes: %w", MaxBody, err)
	case err != nil:
		return nil, &instance.Error{Field: "body", Message: "ended early: " + err.Error()}
	case len(body) == 0:
		return nil, &instance.Error{Field: "body", Message: "is empty; it must be a JSON object"}
	}
	return body, nil
}
