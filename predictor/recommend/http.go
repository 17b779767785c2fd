package recommend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/response"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// statusClientClosedRequest is what proxies log for a client that has gone; nobody receives it.
const statusClientClosedRequest = 499

// Status returns the HTTP status that tells a client of err.
func Status(err error) int {
	var malformed *instance.Error
	var tooLarge *http.MaxBytesError
	var model *versions.UnknownModelError
	var version *versions.UnknownVersionError
	var refused *RefusedError
	switch {
	case errors.As(err, &malformed), errors.As(err, &refused):
		return http.StatusBadRequest
	case errors.As(err, &model), errors.As(err, &version):
		return http.StatusNotFound
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrOverloaded):
		return http.StatusTooManyRequests
	case errors.Is(err, ErrNotReady):
		return http.StatusServiceUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, context.Canceled):
		return statusClientClosedRequest
	}
	return http.StatusInternalServerError
}

// Fail answers a request with what went wrong, and returns the status it did so with.
func Fail(w http.ResponseWriter, err error) int {
	if errors.Is(err, ErrOverloaded) { // looked at first: saying no must take less time than answering
		response.Overloaded(w, RetryAfter, err.Error())
		return http.StatusTooManyRequests
	}
	status := Status(err)
	response.Error(w, status, err.Error())
	return status
}

// ReadBody reads the body of a request to a model, which must not be empty nor larger than MaxBody.
// While the model isn't ready it is not read at all. It lies in memory, where that suffices, whose content is lost.
func (s *Service) ReadBody(memory []byte, w http.ResponseWriter, r *http.Request, name string) ([]byte, error) {
	asked, err := s.Models.Model(name)
	if err != nil {
		return nil, err
	}
	if !asked.Ready() {
		return nil, ErrNotReady
	}
	if s.Gate != nil && s.Gate.Full() { // before the time is spent that answering others takes
		s.refused(ErrOverloaded)
		return nil, ErrOverloaded
	}
	body, err := ReadAll(memory, w, r)
	if err == nil && len(body) == 0 {
		err = &instance.Error{Field: "body", Message: "is empty; it must be a JSON object"}
	}
	return body, err
}

// ReadAll reads the body of a request, which must not be larger than MaxBody. It lies in memory, where that suffices, whose
// content is lost.
func ReadAll(memory []byte, w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := readAll(memory, w, r)
	if err == nil {
		return body, nil
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, fmt.Errorf("the body must be at most %d bytes: %w", MaxBody, err)
	}
	return nil, &instance.Error{Field: "body", Message: "can't be read to its end: " + err.Error()}
}

// readAll reads a body, whose length is known before or not.
func readAll(memory []byte, w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if 0 <= r.ContentLength && r.ContentLength <= MaxBody {
		body := slices.Grow(memory[:0], int(r.ContentLength))[:r.ContentLength]
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
}
