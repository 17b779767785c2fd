package http2

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	wire "golang.org/x/net/http2"
)

// newStream reads a request's fields. Error: wire.StreamError for a malformed one. Source: RFC 9113, section 8.
func (c *connection) newStream(frame *wire.MetaHeadersFrame) (*stream, error) {
	malformed := wire.StreamError{StreamID: frame.StreamID, Code: wire.ErrCodeProtocol}
	request := &http.Request{
		Method: frame.PseudoValue("method"), Host: frame.PseudoValue("authority"), RequestURI: frame.PseudoValue("path"),
		Proto: "HTTP/2.0", ProtoMajor: 2, Header: make(http.Header, len(frame.Fields)), RemoteAddr: c.remote, Body: http.NoBody,
	}
	if !address(request, frame.PseudoValue("scheme")) {
		return nil, malformed
	}
	for _, field := range frame.RegularFields() {
		if !addField(request.Header, field.Name, field.Value) {
			return nil, malformed
		}
	}
	if host := request.Header.Get("Host"); host != "" && request.Host == "" {
		request.Host = host
	}
	delete(request.Header, "Host")
	s := &stream{connection: c, id: frame.StreamID, lacks: -1, receivable: window, tooMuch: frame.Truncated}
	if values := request.Header["Content-Length"]; values != nil {
		length, err := strconv.ParseUint(values[0], 10, 63)
		if err != nil || len(values) > 1 {
			return nil, malformed
		}
		s.lacks = int64(length)
	}
	if request.ContentLength = s.lacks; frame.StreamEnded() {
		request.ContentLength = 0
	} else {
		s.body = newBody(s, request.Header)
		request.Body = s.body
	}
	now := time.Now()
	s.readBy, s.writeBy = now.Add(c.server.limits.Request), now.Add(c.server.limits.Write)
	ctx, leave := context.WithCancel(context.Background())
	s.leave = leave
	s.request = request.WithContext(ctx)
	s.answer = answer{stream: s, bodiless: request.Method == http.MethodHead}
	return s, nil
}

// address reads where a request goes, and reports false if that is malformed.
func address(r *http.Request, scheme string) bool {
	if r.Method == http.MethodConnect {
		r.URL = &url.URL{Host: r.Host}
		known := r.RequestURI == "" && scheme == "" && r.Host != ""
		r.RequestURI = r.Host
		return known
	}
	if r.Method == "" || scheme != "http" && scheme != "https" {
		return false
	}
	var err error
	r.URL, err = url.ParseRequestURI(r.RequestURI)
	return err == nil
}

// addField adds a field to a header, and reports false if HTTP/2 has none of that name, or of that value.
func addField(header http.Header, name, value string) bool {
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return false
	case "te":
		if value != "trailers" {
			return false
		}
	case "cookie": // may come in pieces
		if before := header["Cookie"]; before != nil {
			before[0] += "; " + value
			return true
		}
	}
	canonical, usual := canonicalNames[name]
	if !usual {
		canonical = http.CanonicalHeaderKey(name)
	}
	header[canonical] = append(header[canonical], value)
	return true
}

// canonicalNames is what http.Header calls the fields that calls usually have.
var canonicalNames = map[string]string{
	"accept": "Accept", "accept-encoding": "Accept-Encoding", "content-length": "Content-Length", "content-type": "Content-Type",
	"grpc-accept-encoding": "Grpc-Accept-Encoding", "grpc-encoding": "Grpc-Encoding", "grpc-timeout": "Grpc-Timeout",
	"host": "Host", "te": "Te", "traceparent": "Traceparent", "user-agent": "User-Agent", "x-request-id": "X-Request-Id",
}

// wireNames is the other way round, for the fields of answers.
var wireNames = map[string]string{
	"Content-Encoding": "content-encoding", "Content-Type": "content-type", "Grpc-Message": "grpc-message", "Grpc-Status": "grpc-status",
	"Retry-After": "retry-after", "Vary": "vary",
}
