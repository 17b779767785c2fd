package mlflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks to one MLflow server. It is safe for concurrent use.
type Client struct {
	base           *url.URL
	http           *http.Client
	authorization  authorization
	workspace      string
	requestTimeout time.Duration
	stallTimeout   time.Duration
	retry          Retry
	multipart      bool
	stores         map[string]OpenArtifactStore // by the scheme of artifact URIs
}

// Retry bounds how often and how long the client repeats what failed for a
// reason that may pass: no connection, 429, or a 5xx status. Waits grow by
// doubling from BaseDelay to MaxDelay, with jitter; a Retry-After header that
// asks for longer is followed up to MaxRetryAfter.
type Retry struct {
	Attempts      int
	BaseDelay     time.Duration
	MaxDelay      time.Duration
	MaxRetryAfter time.Duration
}

// DefaultRetry rides out a server that restarts (about 15 seconds).
func DefaultRetry() Retry {
	return Retry{Attempts: 7, BaseDelay: 250 * time.Millisecond, MaxDelay: 8 * time.Second, MaxRetryAfter: time.Minute}
}

// Option changes how a Client is made.
type Option func(*Client) error

// WithHTTPClient replaces the HTTP client. A timeout set on it also ends long
// artifact transfers. It comes before options that change TLS.
func WithHTTPClient(client *http.Client) Option {
	return func(c *Client) error {
		c.http = client
		return nil
	}
}

// WithRetry replaces DefaultRetry.
func WithRetry(retry Retry) Option {
	return func(c *Client) error {
		if retry.Attempts < 1 {
			return errors.New("Retry.Attempts must be at least 1")
		}
		c.retry = retry
		return nil
	}
}

// WithRequestTimeout bounds one attempt of an API call; 30 seconds if not set.
// Artifact transfers are bounded by the context and by standing still instead.
func WithRequestTimeout(timeout time.Duration) Option {
	return func(c *Client) error {
		c.requestTimeout = timeout
		return nil
	}
}

// New returns a client of the server at uri, such as http://127.0.0.1:5000. It
// does not connect yet.
//
// What no option says it takes from where MLflow's own clients find it: a name
// and a password in the URI, MLFLOW_TRACKING_USERNAME with
// MLFLOW_TRACKING_PASSWORD, MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_AUTH
// (kubernetes, kubernetes-namespaced), MLFLOW_TRACKING_SERVER_CERT_PATH,
// MLFLOW_TRACKING_CLIENT_CERT_PATH and MLFLOW_WORKSPACE. DAYBREAK_MLFLOW_TOKEN_FILE
// names a file that holds a token and is read for each request.
func New(uri string, options ...Option) (*Client, error) {
	base, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("MLflow URI: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("MLflow URI %q: want http://HOST:PORT or https://HOST", base.Redacted())
	}
	if base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("MLflow URI %q: want no query and no fragment", base.Redacted())
	}
	c := &Client{
		base:           base,
		http:           &http.Client{},
		authorization:  anonymous,
		requestTimeout: 30 * time.Second,
		stallTimeout:   2 * time.Minute,
		retry:          DefaultRetry(),
		stores:         map[string]OpenArtifactStore{},
	}
	found, err := fromEnvironment()
	if err != nil {
		return nil, fmt.Errorf("MLflow client: %w", err)
	}
	if base.User != nil {
		password, _ := base.User.Password()
		found = append(found, WithBasicAuth(base.User.Username(), password))
		base.User = nil // so that no message or log shows it
	}
	for _, option := range append(found, options...) {
		if err := option(c); err != nil {
			return nil, fmt.Errorf("MLflow client: %w", err)
		}
	}
	return c, nil
}

// URI is the server's address, without credentials.
func (c *Client) URI() string { return strings.TrimSuffix(c.base.String(), "/") }

// ServerVersion asks the server for its version, such as "3.17.2".
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	var version string
	err := c.repeat(ctx, func(ctx context.Context) error {
		var err error
		version, err = c.text(ctx, "version")
		return err
	})
	if err != nil {
		return "", fmt.Errorf("ask MLflow for its version: %w", err)
	}
	return version, nil
}
