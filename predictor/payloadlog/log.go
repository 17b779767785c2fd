// Package payloadlog sends copies of requests and answers to a sink, as the CloudEvents that KServe's
// agent would send: type org.kubeflow.serving.inference.request and .response, with one id for both,
// in binary mode. It is never in a request's way: what finds no room is dropped, and counted.
package payloadlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/cloudevents"
)

const (
	requestType  = "org.kubeflow.serving.inference.request"
	responseType = "org.kubeflow.serving.inference.response"

	// senders is how many events are under way to the sink at once.
	senders = 4
	// sendTimeout is how long one may take.
	sendTimeout = 5 * time.Second
	// maxHeld is how many bytes of events wait at most.
	maxHeld = 64 << 20
)

// Options says what is sent where.
type Options struct {
	URL   string // of the sink
	Mode  string // all, request or response
	Queue int    // events that wait at most

	Source           string // of the events
	InferenceService string // attributes that KServe's agent gives events, too
	Namespace        string
	Component        string
	Endpoint         string
}

// A Counter is told what became of events.
type Counter interface {
	PayloadsSent(n int)
	PayloadsFailed(n int)
	PayloadsDropped(n int)
}

// A Log sends events in the background. It is safe for concurrent use.
type Log struct {
	options Options
	counter Counter
	client  *http.Client
	queue   chan cloudevents.Event
	sending sync.WaitGroup

	mu     sync.Mutex
	held   int // bytes
	closed bool
	failed bool // the last event that was sent
}

// New returns a log that sends until Close.
func New(options Options, counter Counter) *Log {
	l := &Log{
		options: options, counter: counter,
		client: &http.Client{Timeout: sendTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: senders}},
		queue:  make(chan cloudevents.Event, options.Queue),
	}
	for range senders {
		l.sending.Go(func() {
			for event := range l.queue {
				l.send(event)
			}
		})
	}
	return l
}

// Close sends what waits, until the context ends; the rest is dropped.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	close(l.queue)
	sent := make(chan struct{})
	go func() {
		l.sending.Wait()
		close(sent)
	}()
	select {
	case <-sent:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("send the payloads that wait: %w", ctx.Err())
	}
}

// add puts an event in the queue, if there is room.
func (l *Log) add(event cloudevents.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.held+len(event.Data) > maxHeld {
		l.counter.PayloadsDropped(1)
		return
	}
	select {
	case l.queue <- event:
		l.held += len(event.Data)
	default:
		l.counter.PayloadsDropped(1)
	}
}

func (l *Log) send(event cloudevents.Event) {
	err := l.post(event)
	l.mu.Lock()
	l.held -= len(event.Data)
	changed := l.failed != (err != nil)
	l.failed = err != nil
	l.mu.Unlock()
	if err == nil {
		l.counter.PayloadsSent(1)
		return
	}
	l.counter.PayloadsFailed(1)
	if changed { // once, until it works again
		slog.Warn("payloads don't reach their sink", "url", l.options.URL, "error", err)
	}
}

func (l *Log) post(event cloudevents.Event) error {
	request, err := http.NewRequest(http.MethodPost, l.options.URL, bytes.NewReader(event.Data))
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	event.SetHeader(request.Header)
	request.Header.Set("Ce-Time", time.Now().UTC().Format(time.RFC3339Nano))
	answer, err := l.client.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	err = errors.Join(err, answer.Body.Close())
	if answer.StatusCode >= http.StatusMultipleChoices {
		err = errors.Join(err, fmt.Errorf("it answers %s", answer.Status))
	}
	return err
}
