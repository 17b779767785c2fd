package http2

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	bodiless bool          // the request asks for no body
	memory   *answerMemory // that header, head and body lie in; nil until it is needed

	header   http.Header
	status   int                 // 0 until it is set
	head     []hpack.HeaderField // the status and the fields that were set with it
	trailers []string            // names of fields that come after the body
	typed    bool                // a field says what the body is
	sized    bool                // a field says how long it is
	leave    bool                // a field says that the connection is to be closed
	body     []byte              // to be sent
	sent     bool                // the head is
	unary    bool                // all of it is, by Unary
	err      error               // of sending
}

// An answerMemory is what answers are made in, one after the other.
type answerMemory struct {
	header   http.Header
	names    []string
	head     []hpack.HeaderField
	trailing []hpack.HeaderField
	body     []byte
}

// answers keeps the memory of answers that were sent for those to come.
var answers = sync.Pool{New: func() any { return &answerMemory{header: http.Header{}} }}

// take sees to it that there is memory.
func (r *answer) take() *answerMemory {
	if r.memory == nil {
		r.memory = answers.Get().(*answerMemory)
		r.header, r.head, r.body = r.memory.header, r.memory.head, r.memory.body
	}
	return r.memory
}

// giveBack gives the memory back, when the answer is sent and its handler has returned.
func (r *answer) giveBack() {
	memory := r.memory
	if memory == nil {
		return
	}
	memory.head = r.head // wherever it has grown to
	r.memory, r.header, r.head, r.body = nil, nil, nil, nil
	clear(memory.header)
	clear(memory.names)
	clear(memory.head)
	clear(memory.trailing)
	memory.names, memory.head, memory.trailing, memory.body = memory.names[:0], memory.head[:0], memory.trailing[:0], memory.body[:0]
	if cap(memory.body) > 2*gathered { // a large answer was an exception
		memory.body = nil
	}
	answers.Put(memory)
}

// Header returns the fields to send; changes count until the status is set, those of trailers until the handler
// returns.
func (r *answer) Header() http.Header {
	r.take()
	return r.header
}

// WriteHeader sets the status. Only the first counts; none is informational.
func (r *answer) WriteHeader(status int) {
	if r.status != 0 || status < http.StatusOK {
		return
	}
	r.status = status
	r.take()
	r.head = append(r.head, hpack.HeaderField{Name: ":status", Value: statusText(status)})
	for _, name := range r.names() {
		r.add(name, r.header[name])
	}
}

// statusText returns a status as its field has it.
func statusText(status int) string {
	if status == http.StatusOK {
		return "200"
	}
	return strconv.Itoa(status)
}

// names returns the names of fields, in order, until it is called again.
func (r *answer) names() []string {
	memory := r.take()
	memory.names = memory.names[:0]
	for name := range r.header {
		memory.names = append(memory.names, name)
	}
	slices.Sort(memory.names)
	return memory.names
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
	if r.unary {
		return
	}
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
	memory := r.take()
	memory.body = r.body[:0] // wherever it has grown to
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
		out.makeRoom()
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
	r.body = memory.body
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
func (r *answer) trailing() []hpack.HeaderField {
	memory := r.take()
	fields := memory.trailing[:0]
	for _, name := range r.trailers {
		fields = appendFields(fields, name, r.header[name])
	}
	for _, name := range r.names() {
		if trailer, is := strings.CutPrefix(name, http.TrailerPrefix); is {
			fields = appendFields(fields, http.CanonicalHeaderKey(trailer), r.header[name])
		}
	}
	if memory.trailing = fields; len(fields) == 0 {
		return nil
	}
	return fields
}
