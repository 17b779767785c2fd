// Package accesslog writes a record of requests, but of no more than so many a second: a log that is
// written for every request costs more than the requests do.
package accesslog

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// A Log is safe for concurrent use.
type Log struct {
	perSecond int

	mu      sync.Mutex
	second  int64 // that is counted
	written int   // records of it
	skipped int   // records since the last that was written
}

// New returns a log of at most perSecond records a second.
func New(perSecond int) *Log { return &Log{perSecond: perSecond} }

// A Record is a request that was answered.
type Record struct {
	Protocol string // such as HTTP/1.1 or gRPC
	Method   string
	Path     string // which never holds a shopper
	Code     string
	Bytes    int64 // of the answer's body
	Took     time.Duration
	Trace    string // id; empty if there is none
}

// Write writes the record, unless there were too many in this second.
func (l *Log) Write(r Record) {
	skipped, admitted := l.admit(time.Now().Unix())
	if !admitted {
		return
	}
	attributes := []any{"protocol", r.Protocol, "method", r.Method, "path", r.Path, "code", r.Code, "bytes", r.Bytes, "seconds", r.Took.Seconds()}
	if r.Trace != "" {
		attributes = append(attributes, "trace_id", r.Trace)
	}
	if skipped > 0 {
		attributes = append(attributes, "requests_not_logged_since", skipped)
	}
	slog.Info("request", attributes...)
}

func (l *Log) admit(second int64) (skipped int, admitted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if second != l.second {
		l.second, l.written = second, 0
	}
	if l.written >= l.perSecond {
		l.skipped++
		return 0, false
	}
	l.written++
	skipped, l.skipped = l.skipped, 0
	return skipped, true
}

// A Response counts what is written to it.
type Response struct {
	http.ResponseWriter
	Status int
	Bytes  int64
}

// Unwrap gives http.ResponseController what it needs.
func (r *Response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader keeps the status.
func (r *Response) WriteHeader(status int) {
	if r.Status == 0 {
		r.Status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *Response) Write(body []byte) (int, error) {
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(body)
	r.Bytes += int64(n)
	return n, err
}
