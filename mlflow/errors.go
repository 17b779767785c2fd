package mlflow

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Error codes of MLflow that callers tell apart.
const (
	codeDoesNotExist     = "RESOURCE_DOES_NOT_EXIST"
	codeAlreadyExists    = "RESOURCE_ALREADY_EXISTS"
	codeInvalidParameter = "INVALID_PARAMETER_VALUE"
)

// APIError is an answer of the server other than success.
type APIError struct {
	Status    int    // HTTP status
	ErrorCode string // MLflow's error_code, such as RESOURCE_DOES_NOT_EXIST; empty when the answer had none
	Message   string
	Method    string
	Path      string

	retryAfter time.Duration
}

func (e *APIError) Error() string {
	code := e.ErrorCode
	if code == "" {
		code = http.StatusText(e.Status)
	}
	return fmt.Sprintf("MLflow answered %s %s with %d %s: %s", e.Method, e.Path, e.Status, code, e.Message)
}

// UnavailableError says that the server could not be reached, or kept failing,
// through every attempt. Nothing is known about the effect of the last request.
type UnavailableError struct {
	URI      string
	Attempts int
	Elapsed  time.Duration
	Err      error // the last attempt's
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("MLflow at %s is unavailable (tried %d times in %s): %v; check that the server runs there and that the tracking URI is right",
		e.URI, e.Attempts, e.Elapsed.Round(time.Millisecond), e.Err)
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// AliasMovedError says that an alias, read back after it was set, names another
// version: someone else moved it at the same time.
type AliasMovedError struct {
	Model, Alias string
	Want, Got    string // versions
}

func (e *AliasMovedError) Error() string {
	return fmt.Sprintf("alias %s@%s was set to version %s but names version %s: someone else moved it", e.Model, e.Alias, e.Want, e.Got)
}

// UnsupportedError says that the server does not know a part of the API, as an
// MLflow 2 does not know logged models.
type UnsupportedError struct {
	Feature string // such as "logged models"
	Err     error
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("this MLflow server knows no %s, which came with MLflow 3: %v", e.Feature, e.Err)
}

func (e *UnsupportedError) Unwrap() error { return e.Err }

// IsUnsupported reports whether the server does not know a part of the API.
func IsUnsupported(err error) bool {
	var unsupported *UnsupportedError
	return errors.As(err, &unsupported)
}

// unsupported gives the error of an endpoint that the server does not have,
// which is a 404 without MLflow's error_code or with that of an endpoint, its
// type; others stay as they are.
func unsupported(feature string, err error) error {
	var api *APIError
	if !errors.As(err, &api) || api.ErrorCode == codeDoesNotExist {
		return err
	}
	if api.Status == http.StatusNotFound || api.Status == http.StatusMethodNotAllowed {
		return &UnsupportedError{feature, err}
	}
	return err
}

// IsNotFound reports whether the server said that what was asked for does not
// exist.
func IsNotFound(err error) bool { return hasCode(err, codeDoesNotExist) }

// IsAlreadyExists reports whether the server said that what was to be made
// exists.
func IsAlreadyExists(err error) bool { return hasCode(err, codeAlreadyExists) }

func hasCode(err error, code string) bool {
	var api *APIError
	return errors.As(err, &api) && api.ErrorCode == code
}
