package mlflow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// transferError is a failure below HTTP: no connection, a connection that broke
// off, an attempt that took too long. The server may have done what was asked.
type transferError struct{ err error }

func (e *transferError) Error() string { return e.err.Error() }
func (e *transferError) Unwrap() error { return e.err }

// repeat runs operation until it succeeds, fails for good, or the attempts are
// used up, which gives an *UnavailableError. The operation must be safe to
// repeat when an earlier attempt took effect without saying so; where one
// request is not (making a run or a version), the operation looks first whether
// that happened.
func (c *Client) repeat(ctx context.Context, operation func(ctx context.Context) error) error {
	start := time.Now()
	for attempt := 1; ; attempt++ {
		err := operation(ctx)
		if err == nil || !transient(err) {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w (last attempt: %w)", context.Cause(ctx), err)
		}
		if attempt == c.retry.Attempts {
			return &UnavailableError{URI: c.URI(), Attempts: attempt, Elapsed: time.Since(start), Err: err}
		}
		timer := time.NewTimer(c.retry.delay(attempt, err))
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w (last attempt: %w)", context.Cause(ctx), err)
		case <-timer.C:
		}
	}
}

// transient reports whether an attempt failed for a reason that may pass.
func transient(err error) bool {
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) { // waiting makes nobody trustworthy
		return false
	}
	var unavailable *UnavailableError
	if errors.As(err, &unavailable) { // a part of the operation was repeated already
		return false
	}
	var transfer *transferError
	if errors.As(err, &transfer) {
		return true
	}
	var api *APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.Status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// delay is how long to wait after the given attempt, the first being 1: between
// half and all of the doubled base, so that clients that failed together don't
// come back together.
func (r Retry) delay(attempt int, err error) time.Duration {
	delay := r.MaxDelay
	if shift := attempt - 1; shift < 32 && r.BaseDelay < r.MaxDelay>>shift {
		delay = r.BaseDelay << shift
	}
	delay = delay/2 + rand.N(delay/2+1)
	var api *APIError
	if errors.As(err, &api) {
		delay = max(delay, min(api.retryAfter, r.MaxRetryAfter))
	}
	return delay
}
