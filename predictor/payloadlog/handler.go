package payloadlog

import (
	"bytes"
	"cmp"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/daybreak-ml/daybreak/predictor/cloudevents"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
)

// Handler logs the requests that next gets and what it answers, if logged says so of a request.
func (l *Log) Handler(next http.Handler, logged func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !logged(r) {
			next.ServeHTTP(w, r)
			return
		}
		id := identity(r.Header.Get)
		request, contentType := &copied{}, r.Header.Get("Content-Type")
		if l.options.Mode != "response" {
			r.Body = &copiedBody{ReadCloser: r.Body, copied: request}
		}
		answer := &copiedAnswer{ResponseWriter: w, copies: l.options.Mode != "request"}
		next.ServeHTTP(answer, r)
		if l.options.Mode != "response" {
			l.add(l.event(id, requestType, contentType, request.Bytes()))
		}
		if answer.copies {
			l.add(l.event(id, responseType, w.Header().Get("Content-Type"), answer.copied.Bytes()))
		}
	})
}

// identity returns what the events of a request, whose header get reads, are known by.
func identity(get func(name string) string) string {
	if id := cmp.Or(get("Ce-Id"), get("X-Request-Id")); id != "" {
		return id
	}
	return uuid.NewString()
}

func (l *Log) event(id, kind, contentType string, data []byte) cloudevents.Event {
	if contentType == "" {
		contentType = "application/json"
	}
	event := cloudevents.Event{
		ID: id, Source: l.options.Source, Type: kind, DataContentType: contentType, Data: data, Extensions: map[string]string{},
	}
	for name, value := range map[string]string{
		"inferenceservicename": l.options.InferenceService, "namespace": l.options.Namespace,
		"component": l.options.Component, "endpoint": l.options.Endpoint,
	} {
		if value != "" {
			event.Extensions[name] = value
		}
	}
	return event
}

// copied keeps what passes, no more of it than a request may have.
type copied struct{ bytes.Buffer }

func (c *copied) keep(passed []byte) {
	_, _ = c.Write(passed[:min(len(passed), recommend.MaxBody-c.Len())]) // a buffer takes everything
}

type copiedBody struct {
	io.ReadCloser
	copied *copied
}

func (b *copiedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	b.copied.keep(into[:n])
	return n, err
}

type copiedAnswer struct {
	http.ResponseWriter
	copies bool
	copied copied
}

// Unwrap gives http.ResponseController what it needs.
func (a *copiedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *copiedAnswer) Write(body []byte) (int, error) {
	if a.copies {
		a.copied.keep(body)
	}
	return a.ResponseWriter.Write(body)
}
