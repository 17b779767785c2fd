package http2

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	wire "golang.org/x/net/http2"

	"github.com/daybreak-ml/daybreak/predictor/target"
)

// newStream reads a request's fields. Error: wire.StreamError for a malformed one. Source: RFC 9113, section 8.
func (c *connection) newStream(h *head) (*stream, error) {
	malformed := wire.StreamError{StreamID: h.id, Code: wire.ErrCodeProtocol}
	s, _ := streams.Get().(*stream)
	s.connection, s.id, s.lacks, s.receivable, s.tooMuch = c, h.id, -1, window, h.tooMuch
	request := &s.request
	request.Method, request.Host, request.RequestURI, request.RemoteAddr = h.method, h.authority, h.path, c.remote
	if !address(request, h.scheme) {
		return nil, malformed
	}
	s.values = slices.Grow(s.values, len(h.fields)) // one piece of memory for those of all fields
	values := s.values
	for _, field := range h.fields {
		if values = append(values, field.Value); !addField(request.Header, field.Name, values[len(values)-1:len(values):len(values)]) {
			return nil, malformed
		}
	}
	if host := request.Header.Get("Host"); host != "" && request.Host == "" {
		request.Host = host
	}
	delete(request.Header, "Host")
	if values := request.Header["Content-Length"]; values != nil {
		length, err := strconv.ParseUint(values[0], 10, 63)
		if err != nil || len(values) > 1 {
			return nil, malformed
		}
		s.lacks = int64(length)
	}
	if request.ContentLength = s.lacks; h.last {
		request.ContentLength = 0
	} else {
		s.body = &s.whole
		s.body.begin(s, request.Header)
		request.Body = s.body
	}
	s.readBy, s.writeBy = c.now.Add(c.server.limits.Request), c.now.Add(c.server.limits.Write)
	s.answer = answer{stream: s, bodiless: request.Method == http.MethodHead}
	return s, nil
}

// address reads where a request goes into its URL, and reports false if that is malformed.
func address(r *http.Request, scheme string) bool {
	if r.Method == http.MethodConnect {
		r.URL.Host = r.Host
		known := r.RequestURI == "" && scheme == "" && r.Host != ""
		r.RequestURI = r.Host
		return known
	}
	if r.Method == "" || scheme != "http" && scheme != "https" {
		return false
	}
	if target.IsPath(r.RequestURI) {
		r.URL.Path = r.RequestURI
		return true
	}
	parsed, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return false
	}
	*r.URL = *parsed
	return true
}

// addField adds a field, whose value is the only one of values, to a header, and reports false if HTTP/2 has none of
// that name, or of that value. The header keeps values.
func addField(header http.Header, name string, values []string) bool {
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return false
	case "te":
		if values[0] != "trailers" {
			return false
		}
	case "cookie": // may come in pieces
		if before := header["Cookie"]; before != nil {
			before[0] += "; " + values[0]
			return true
		}
	}
	canonical, usual := canonicalNames[name]
	if !usual {
		canonical = http.CanonicalHeaderKey(name)
	}
	if before := header[canonical]; before != nil {
		values = append(before, values...)
	}
	header[canonical] = values
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
