package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	readyInterval = 50 * time.Millisecond
	answerTimeout = 10 * time.Second // beyond it a request has failed
	longestAnswer = 1 << 20          // bytes
	backlog       = 1024             // requests that are due and wait for a connection
)

// Options say where the stream goes and how strong it is.
type Options struct {
	Predictor   string // such as http://127.0.0.1:8080
	Model       string
	Visitors    Visitors
	Rate        int // requests a second
	Connections int // that they are spread over
}

// Stream is a stream of requests that runs.
type Stream struct {
	options Options
	account Account
	cancel  context.CancelFunc
	running sync.WaitGroup
	began   chan struct{} // closed when the predictor is ready
	beganAt time.Time     // readable once began is closed
}

// due is a request to send.
type due struct {
	number int
	at     time.Time
}

// Start waits, in the background, until the predictor is ready, and sends requests from then on until
// Stop.
func Start(options Options) *Stream {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Stream{options: options, cancel: cancel, began: make(chan struct{})}
	requests := make(chan due, backlog)
	s.running.Go(func() {
		defer close(requests)
		if s.awaitReady(ctx) {
			s.beganAt = time.Now()
			close(s.began)
			s.dispatch(ctx, requests)
		}
	})
	for range options.Connections {
		s.running.Go(func() { s.send(ctx, requests) })
	}
	return s
}

// Began is closed once the predictor is ready and the requests run.
func (s *Stream) Began() <-chan struct{} { return s.began }

// BeganAt is when the predictor was ready; the zero time before that.
func (s *Stream) BeganAt() time.Time {
	select {
	case <-s.began:
		return s.beganAt
	default:
		return time.Time{}
	}
}

// Summary sums up what came of the requests so far.
func (s *Stream) Summary() Summary { return s.account.Summary() }

// Stop ends the stream and sums it up, once what was sent is answered.
func (s *Stream) Stop() Summary {
	s.cancel()
	s.running.Wait()
	return s.account.Summary()
}

// awaitReady returns true once the predictor is ready, false when the context ends first.
func (s *Stream) awaitReady(ctx context.Context) bool {
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for !s.ready(ctx) {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}

func (s *Stream) ready(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.options.Predictor+"/v2/health/ready", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// dispatch hands out requests as they become due.
func (s *Stream) dispatch(ctx context.Context, requests chan<- due) {
	begin, interval := time.Now(), time.Second/time.Duration(s.options.Rate)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for number := 0; ; number++ {
		next := due{number, begin.Add(time.Duration(number) * interval)}
		timer.Reset(time.Until(next.at))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		select {
		case <-ctx.Done():
			return
		case requests <- next:
		}
	}
}

// send sends requests over one connection. What is not sent when the context ends is dropped; what
// is sent is waited for.
func (s *Stream) send(ctx context.Context, requests <-chan due) {
	transport := &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: answerTimeout}
	for next := range requests {
		if ctx.Err() != nil {
			continue // nothing but draining what is left
		}
		version, err := s.ask(context.WithoutCancel(ctx), client, next.number)
		s.account.Add(Answer{Version: version, Took: time.Since(next.at), Err: err})
	}
}

// ask sends a request and gives the version that answered it. Anything but a full answer is an error,
// worded so that equal failures read equal.
func (s *Stream) ask(ctx context.Context, client *http.Client, number int) (string, error) {
	body, err := s.options.Visitors.request(number)
	if err != nil {
		return "", err
	}
	address := s.options.Predictor + "/v1/models/" + s.options.Model + ":predict"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) && failed.Timeout() {
			return "", fmt.Errorf("no answer within %s", answerTimeout)
		}
		return "", fmt.Errorf("no answer: %w", err)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return "", fmt.Errorf("answer breaks off: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d: %s", response.StatusCode, strings.TrimSpace(string(answer)))
	}
	return versionOf(answer)
}

// versionOf checks that an answer is one, with as many items as were asked for, and gives the version
// that made it.
func versionOf(body []byte) (string, error) {
	var answer struct {
		Predictions []struct {
			Items []struct {
				ID string `json:"item_id"`
			} `json:"items"`
		} `json:"predictions"`
		Version string `json:"model_version"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("answer is not one: %w", err)
	}
	switch {
	case answer.Version == "":
		return "", errors.New("answer names no version")
	case len(answer.Predictions) != 1:
		return "", fmt.Errorf("answer has %d predictions for 1 instance", len(answer.Predictions))
	case len(answer.Predictions[0].Items) != size:
		return "", fmt.Errorf("answer has %d items of %d", len(answer.Predictions[0].Items), size)
	}
	for _, item := range answer.Predictions[0].Items {
		if item.ID == "" {
			return "", errors.New("answer has an item without an id")
		}
	}
	return answer.Version, nil
}
