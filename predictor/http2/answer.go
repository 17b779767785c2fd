package http2

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http2/hpack"

	"github.com/daybreak-ml/daybreak/predictor/response"
)

// gathered is how many bytes of an answer gather before they are sent, if it isn't finished before.
const gathered = 32 << 10

// An answer is what a handler answers a stream. It leaves in one piece if it isn't long and nobody flushes it.
type answer struct {
	stream   *stream
	bodiless bool // the request asks for no body

	header   http.Header
	status   int                 // 0 until it is set
	head     []hpack.HeaderField // the status and the fields that were set with it
	trailers []string            // names of fields that come after the body
	typed    bool                // a field says what the body is
	sized    bool                // a field says how long it is
	leave    bool                // a field says that the connection is to be closed
	body     []byte              // to be sent
	sent     bool                // the head is
	err      error               // of sending
}

// Header returns the fields to send; changes count until the status is set, those of trailers until the handler
// returns.
func (r *answer) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

// WriteHeader sets the status. Only the first counts; none is informational.
func (r *answer) WriteHeader(status int) {
	if r.status != 0 || status < http.StatusOK {
		return
	}
	r.status = status
	r.head = append(make([]hpack.HeaderField, 0, len(r.header)+3), hpack.HeaderField{Name: ":status", Value: strconv.Itoa(status)})
	for _, name := range names(r.header) {
		r.add(name, r.header[name])
	}
}

// names returns the names of fields, in order.
func names(header http.Header) []string {
	all := make([]string, 0, len(header))
	for name := range header {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// add adds the fields of one name to the head.
func (r *answer) add(name string, values []string) {
	switch name {
	case "Connection":
		r.leave = slices.ContainsFunc(values, func(value string) bool { return strings.EqualFold(value, "close") })
		return
	case "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Date":
		return
	case "Trailer":
		for _, value := range values {
			for part := range strings.SplitSeq(value, ",") {
				r.trailers = append(r.trailers, http.CanonicalHeaderKey(strings.TrimSpace(part)))
			}
		}
	case "Content-Type":
		r.typed = true
	case "Content-Length":
		r.sized = true
	}
	if !strings.HasPrefix(name, http.TrailerPrefix) && !slices.Contains(r.trailers, name) {
		r.head = appendFields(r.head, name, values)
	}
}

// appendFields appends the fields of a name, unless they are none.
func appendFields(fields []hpack.HeaderField, name string, values []string) []hpack.HeaderField {
	lower, usual := wireNames[name]
	if !usual {
		if !httpguts.ValidHeaderFieldName(name) {
			return fields
		}
		lower = strings.ToLower(name)
	}
	for _, value := range values {
		if httpguts.ValidHeaderFieldValue(value) {
			fields = append(fields, hpack.HeaderField{Name: lower, Value: value})
		}
	}
	return fields
}

// Write adds to the body.
func (r *answer) Write(body []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	switch {
	case !r.hasBody():
		return 0, http.ErrBodyNotAllowed
	case r.bodiless:
		return len(body), nil
	}
	r.body = append(r.body, body...)
	if len(r.body) >= gathered {
		r.send(false)
	}
	if r.err != nil {
		return 0, r.err
	}
	return len(body), nil
}

// hasBody says whether answers with this status have a body.
func (r *answer) hasBody() bool {
	return r.status != http.StatusNoContent && r.status != http.StatusNotModified
}

// Flush sends what there is.
func (r *answer) Flush() { _ = r.FlushError() }

// FlushError sends what there is, and returns what has gone wrong with sending.
func (r *answer) FlushError() error {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	r.send(false)
	if r.err == nil {
		r.err = r.stream.connection.out.flush()
	}
	return r.err
}

// SetReadDeadline says until when the request must have come whole; never, if it is zero.
func (r *answer) SetReadDeadline(by time.Time) error {
	r.stream.connection.mu.Lock()
	defer r.stream.connection.mu.Unlock()
	r.stream.readBy = by
	return nil
}

// SetWriteDeadline says until when the answer must have gone; never, if it is zero.
func (r *answer) SetWriteDeadline(by time.Time) error {
	r.stream.connection.mu.Lock()
	defer r.stream.connection.mu.Unlock()
	r.stream.writeBy = by
	return nil
}

// finish adds what isn't sent yet to what the connection writes next.
func (r *answer) finish() {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	r.send(true)
	if r.leave {
		r.stream.connection.goAway()
	}
}

// send adds the head, if it isn't sent, and the body there is. last says that nothing follows but trailers.
func (r *answer) send(last bool) {
	if r.err != nil {
		return
	}
	var trailers []hpack.HeaderField
	if last {
		trailers = r.trailing()
	}
	r.complete(last && trailers == nil)
	s := r.stream
	out := s.connection.out
	for r.err == nil {
		piece := r.body
		if len(piece) > 0 {
			n, err := s.reserve(len(piece))
			if r.err = err; err != nil {
				break
			}
			piece = piece[:n]
		}
		rest := r.body[len(piece):]
		end := last && len(rest) == 0
		r.err = out.addOf(s, func() {
			if !r.sent {
				out.fields(s.id, r.head, end && len(piece) == 0 && trailers == nil, frameSize)
			}
			if len(piece) > 0 || end && r.sent && trailers == nil {
				_ = out.framer.WriteData(s.id, end && trailers == nil, piece)
			}
			if end && trailers != nil {
				out.fields(s.id, trailers, true, frameSize)
			}
		})
		if r.err != nil {
			s.release(len(piece))
			break
		}
		r.sent = true
		if r.body = rest; len(rest) == 0 {
			break
		}
	}
	r.body = nil
}

// complete adds to the head what the handler left out. whole says that all of the body is there.
func (r *answer) complete(whole bool) {
	if r.sent {
		return
	}
	if !r.typed && len(r.body) > 0 {
		r.head = append(r.head, hpack.HeaderField{Name: "content-type", Value: http.DetectContentType(r.body)})
	}
	if whole && !r.sized && len(r.body) > 0 {
		r.head = append(r.head, hpack.HeaderField{Name: "content-length", Value: strconv.Itoa(len(r.body))})
	}
	r.head = append(r.head, hpack.HeaderField{Name: "date", Value: response.Date(time.Now())})
}

// trailing returns the fields that come after the body; nil for none.
func (r *answer) trailing() (fields []hpack.HeaderField) {
	for _, name := range r.trailers {
		fields = appendFields(fields, name, r.header[name])
	}
	for _, name := range names(r.header) {
		if trailer, is := strings.CutPrefix(name, http.TrailerPrefix); is {
			fields = appendFields(fields, http.CanonicalHeaderKey(trailer), r.header[name])
		}
	}
	return fields
}
