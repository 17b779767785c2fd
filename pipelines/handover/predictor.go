package handover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pollInterval is how often the predictor is asked which version serves.
const pollInterval = 100 * time.Millisecond

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

// Predictor is a predictor's address and the name of its model.
type Predictor struct {
	URL   string // such as http://127.0.0.1:8080
	Model string
	HTTP  *http.Client // nil: the default one
}

// RefusedError says that the predictor is there and won't serve a version.
type RefusedError struct{ Message string }

func (e *RefusedError) Error() string { return "the predictor refuses it: " + e.Message }

// takeOver asks the predictor to load what there is, and returns once it names the version. A
// predictor that can't be reached is asked again until the context ends: it may be starting.
func (p Predictor) takeOver(ctx context.Context, version string) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	last := errors.New("it was not asked yet")
	for {
		err := p.load(ctx)
		var refused *RefusedError
		if errors.As(err, &refused) {
			return err
		}
		var serving []string
		if err == nil {
			serving, err = p.Versions(ctx)
		}
		switch {
		case err == nil && slices.Contains(serving, version):
			return nil
		case err == nil:
			last = fmt.Errorf("it names version %s; its --model_dir must be the link %q", strings.Join(serving, ", "), current)
		case ctx.Err() == nil:
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		case <-ticker.C:
		}
	}
}

// load asks the predictor to look for another version now.
func (p Predictor) load(ctx context.Context) error {
	status, body, err := p.call(ctx, http.MethodPost, "/v2/repository/models/"+p.Model+"/load")
	switch {
	case err != nil:
		return err
	case status/100 == 2:
		return nil
	case status/100 == 4:
		return &RefusedError{errorOf(body)}
	}
	return fmt.Errorf("ask the predictor to load: status %d: %s", status, errorOf(body))
}

// Versions asks which versions serve; none while the predictor has no model yet.
func (p Predictor) Versions(ctx context.Context) ([]string, error) {
	status, body, err := p.call(ctx, http.MethodGet, "/v2/models/"+p.Model)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusServiceUnavailable:
		return nil, nil
	case status != http.StatusOK:
		return nil, fmt.Errorf("ask the predictor for its version: status %d: %s", status, errorOf(body))
	}
	var metadata struct {
		Versions []string `json:"versions"`
	}
	if err := json.Unmarshal(body, &metadata); err != nil {
		return nil, fmt.Errorf("ask the predictor for its version: %w", err)
	}
	return metadata.Versions, nil
}

func (p Predictor) call(ctx context.Context, method, path string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(p.URL, "/")+path, nil)
	if err != nil {
		return 0, nil, err
	}
	client := p.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, body, err
}

// errorOf takes the message from an error's body.
func errorOf(body []byte) string {
	var message struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(body, &message); err != nil || message.Error == "" {
		return strings.TrimSpace(string(body))
	}
	return message.Error
}
