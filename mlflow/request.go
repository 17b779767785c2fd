package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	apiPath          = "api/2.0/mlflow"
	userAgent        = "daybreak-mlflow-go"
	maxResponseBytes = 64 << 20 // an API answer; artifacts are streamed and not bounded by it
	maxErrorBytes    = 64 << 10
	maxMessageLength = 2000
)

// get asks an API endpoint once and decodes its answer into out.
func (c *Client) get(ctx context.Context, endpoint string, query url.Values, out any) error {
	target := c.endpoint(apiPath, endpoint)
	target.RawQuery = query.Encode()
	return c.exchange(ctx, http.MethodGet, target, nil, out)
}

// send sends in as JSON to an API endpoint once and decodes the answer into
// out, which may be nil.
func (c *Client) send(ctx context.Context, method, endpoint string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request for %s: %w", endpoint, err)
	}
	return c.exchange(ctx, method, c.endpoint(apiPath, endpoint), body, out)
}

// text asks for a page outside the API and returns its text.
func (c *Client) text(ctx context.Context, path string) (string, error) {
	var text string
	err := c.exchange(ctx, http.MethodGet, c.endpoint(path), nil, &text)
	return text, err
}

func (c *Client) endpoint(elements ...string) *url.URL {
	return c.base.JoinPath(elements...)
}

// exchange makes one attempt of an API call, bounded by the request timeout.
func (c *Client) exchange(ctx context.Context, method string, target *url.URL, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.roundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxResponseBytes+1))
	if err != nil {
		return &transferError{fmt.Errorf("read answer of %s %s: %w", method, target.Path, err)}
	}
	if len(answer) > maxResponseBytes {
		return fmt.Errorf("answer of %s %s is larger than %d bytes", method, target.Path, maxResponseBytes)
	}
	return decode(answer, out, method, target.Path)
}

func decode(answer []byte, out any, method, path string) error {
	switch out := out.(type) {
	case nil:
		return nil
	case *string:
		*out = strings.TrimSpace(string(answer))
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("answer of %s %s is not what MLflow's API gives (is this an MLflow server?): %w", method, path, err)
	}
	return nil
}

// roundTrip sends a request with the client's credentials. An answer other
// than 2xx becomes an *APIError.
func (c *Client) roundTrip(request *http.Request) (*http.Response, error) {
	request.Header.Set("User-Agent", userAgent)
	authorization, err := c.authorization()
	if err != nil {
		return nil, err
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	if c.workspace != "" {
		request.Header.Set(workspaceHeader, c.workspace)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, &transferError{err}
	}
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	return nil, refusal(response)
}

// refusal reads the error an answer other than 2xx holds.
func refusal(response *http.Response) error {
	result := &APIError{
		Status:     response.StatusCode,
		Method:     response.Request.Method,
		Path:       response.Request.URL.Path,
		retryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBytes))
	if err != nil && !transient(result) { // half an error code tells nothing; a 503 says enough
		return &transferError{fmt.Errorf("read answer of %s %s: %w", result.Method, result.Path, err)}
	}
	var document struct {
		ErrorCode string `json:"error_code"`
		Message   string `json:"message"`
	}
	if json.Unmarshal(body, &document) == nil {
		result.ErrorCode, result.Message = document.ErrorCode, document.Message
	} else {
		result.Message = strings.ToValidUTF8(strings.TrimSpace(string(body)), "\uFFFD")
	}
	if result.Message == "" {
		result.Message = "no message"
	}
	if len(result.Message) > maxMessageLength {
		result.Message = strings.ToValidUTF8(result.Message[:maxMessageLength], "") + " …"
	}
	return result
}

// retryAfter reads the header's two forms: seconds, or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}
