package http1

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	answers "github.com/daybreak-ml/daybreak/predictor/response"
)

// A response gathers what a handler answers, so that it leaves in one piece.
type response struct {
	header http.Header
	status int    // 0 until it is set
	head   []byte // the status line and the fields that were set with it
	body   []byte
	typed  bool // whether a field says what the body is
	close  bool // whether a field says that the connection will be closed
	names  []string
}

// begin makes the response one to which nothing is written yet.
func (r *response) begin() {
	if r.header == nil {
		r.header = http.Header{}
	}
	clear(r.header)
	if cap(r.head)+cap(r.body) > 2*bufferSize { // a large answer was an exception
		r.head, r.body = nil, nil
	}
	r.status, r.head, r.body, r.typed, r.close = 0, r.head[:0], r.body[:0], false, false
}

// Header returns the fields to send; changes count until the status is set.
func (r *response) Header() http.Header { return r.header }

// MeasuresBody says that finish appends how long the body is.
func (*response) MeasuresBody() {}

// WriteHeader sets the status. Only the first counts; none is informational.
func (r *response) WriteHeader(status int) {
	if r.status != 0 || status < http.StatusOK {
		return
	}
	r.status = status
	r.head = append(r.head, "HTTP/1.1 "...)
	r.head = strconv.AppendInt(r.head, int64(status), 10)
	r.head = append(r.head, ' ')
	r.head = append(r.head, http.StatusText(status)...)
	r.head = append(r.head, "\r\n"...)
	r.names = r.names[:0]
	for name := range r.header {
		r.names = append(r.names, name)
	}
	slices.Sort(r.names)
	for _, name := range r.names {
		r.fields(name, r.header[name])
	}
}

// fields appends the fields of one name to the head.
func (r *response) fields(name string, values []string) {
	switch name {
	case "Content-Length", "Date": // which finish appends
		return
	case "Connection":
		r.close = slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(value, "close") })
		return
	case "Content-Type":
		r.typed = true
	}
	if name == "" || !all(name, nameByte) {
		return
	}
	for _, value := range values {
		r.head = append(r.head, name...)
		r.head = append(r.head, ": "...)
		begin := len(r.head)
		r.head = append(r.head, strings.Trim(value, " \t\r\n")...)
		for i, b := range r.head[begin:] { // a line's end in a value would begin a field, or another answer
			if b == '\r' || b == '\n' {
				r.head[begin+i] = ' '
			}
		}
		r.head = append(r.head, "\r\n"...)
	}
}

// Write adds to the body.
func (r *response) Write(body []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !hasBody(r.status) {
		return 0, http.ErrBodyNotAllowed
	}
	r.body = append(r.body, body...)
	return len(body), nil
}

// hasBody says whether answers with this status have a body.
func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

// finish returns the whole response, to be sent before the next begins. closing says whether the connection
// will be closed whatever the response says.
func (r *response) finish(now time.Time, closing bool) []byte {
	r.complete()
	r.end(now, closing)
	r.head = append(r.head, r.body...)
	return r.head
}

// complete appends the fields that say what the body is.
func (r *response) complete() {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !r.typed && len(r.body) > 0 {
		r.fields("Content-Type", []string{http.DetectContentType(r.body)})
	}
	if hasBody(r.status) {
		r.head = append(r.head, "Content-Length: "...)
		r.head = strconv.AppendInt(r.head, int64(len(r.body)), 10)
		r.head = append(r.head, "\r\n"...)
	}
}

// refuse makes the response, which has begun, one that turns a client away, and returns it whole.
func (r *response) refuse(by *Refusal, now time.Time, closing bool) []byte {
	r.head = append(r.head, by.head...)
	r.end(now, closing)
	r.head = append(r.head, by.body...)
	return r.head
}

// end appends the last fields and the end of a head.
func (r *response) end(now time.Time, closing bool) {
	r.head = append(r.head, "Date: "...)
	r.head = append(r.head, answers.Date(now)...)
	if closing || r.close {
		r.close = true
		r.head = append(r.head, "\r\nConnection: close"...)
	}
	r.head = append(r.head, "\r\n\r\n"...)
}
