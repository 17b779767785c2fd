package http2

import (
	"net/http"
	"net/url"
	"sync"
)

// streams keeps the memory of calls that were answered for those to come.
var streams = sync.Pool{New: func() any {
	s := &stream{}
	s.blank = (&http.Request{Proto: "HTTP/2.0", ProtoMajor: 2, URL: &s.url, Body: http.NoBody}).WithContext(&s.context)
	s.request = *s.blank
	s.request.Header = http.Header{}
	return s
}}

// giveBack lets others have a stream, whose handler has promised to keep nothing of it (Unary), and which nobody else has any
// more: neither the connection, nor its reader, nor its housekeeping.
func (s *stream) giveBack() {
	const usual = 32 // fields
	header, values := s.request.Header, s.values
	if cap(values) > usual || len(header) > usual {
		header, values = http.Header{}, nil
	}
	clear(header)
	clear(values[:cap(values)])
	s.connection, s.url, s.values = nil, url.URL{}, values[:0]
	s.request = *s.blank
	s.request.Header = header
	s.whole.forget()
	s.context.forget()
	s.body, s.answer = nil, answer{}
	s.tooMuch, s.silent, s.started, s.atOnce, s.received, s.dead = false, false, false, false, false, false
	streams.Put(s)
}
