package http2

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A head is the fields that begin a request, or end one. Source: RFC 9113, section 8.
type head struct {
	id                              uint32              // of the stream
	last                            bool                // nothing follows
	onItself                        bool                // the stream is said to depend on itself
	tooMuch                         bool                // there were more fields than may be; the rest was thrown away
	seen                            uint8               // pseudo-header fields, a bit for each
	method, scheme, path, authority string              // those
	fields                          []hpack.HeaderField // the others
}

// A headReader reads heads, one after the other, into the same memory: what a head's strings say stays, its list of fields
// does not.
type headReader struct {
	limit   uint32 // of a head, in bytes as RFC 9113, section 6.5.2, counts them
	decoder *hpack.Decoder

	head      head
	left      uint32 // bytes that fields may yet take
	malformed bool

	known     []byte // the block of the last head, if the same bytes mean the same again; empty if not
	knownHead head   // what they mean
}

// mostKnown is how long a block is at most that is kept, in bytes: one that a client repeats refers to fields that it has sent.
const mostKnown = 64

func newHeadReader(limit uint32) *headReader {
	r := &headReader{limit: limit}
	r.decoder = hpack.NewDecoder(tableSize, r.add)
	r.decoder.SetMaxStringLength(int(limit))
	return r
}

// read reads a head that begins with a frame. It is valid until the next is read; nil if it goes on (readOn). Errors:
// wire.StreamError for one that is malformed, wire.ConnectionError for one that can't be read to its end.
func (r *headReader) read(begin *wire.HeadersFrame) (*head, error) {
	block := begin.HeaderBlockFragment()
	onItself := begin.HasPriority() && begin.Priority.StreamDep == begin.StreamID
	if begin.HeadersEnded() && len(block) > 0 && bytes.Equal(block, r.known) {
		found := &r.knownHead
		found.id, found.last, found.onItself = begin.StreamID, begin.StreamEnded(), onItself
		return found, nil
	}
	r.known, r.left, r.malformed = r.known[:0], r.limit, false
	r.head = head{id: begin.StreamID, last: begin.StreamEnded(), onItself: onItself, fields: r.head.fields[:0]}
	r.decoder.SetEmitEnabled(true)
	found, err := r.decode(block, begin.HeadersEnded())
	if found != nil && len(block) <= mostKnown && !found.tooMuch && indexed(block) {
		r.known, r.knownHead = append(r.known, block...), *found
		r.knownHead.fields = slices.Clone(found.fields)
	}
	return found, err
}

// readOn goes on with a head, as read does.
func (r *headReader) readOn(more *wire.ContinuationFrame) (*head, error) {
	if r.malformed || r.head.tooMuch { // a client that goes on with what is refused may go on for ever
		return nil, wire.ConnectionError(wire.ErrCodeProtocol)
	}
	return r.decode(more.HeaderBlockFragment(), more.HeadersEnded())
}

// decode adds the fields of a piece of a block, and returns the head if it is the last.
func (r *headReader) decode(piece []byte, last bool) (*head, error) {
	const widest = 2 // how many times as long as what may yet come a piece may be, before it isn't looked at
	if uint64(len(piece)) > widest*uint64(r.left) {
		return nil, wire.ConnectionError(wire.ErrCodeProtocol)
	}
	if _, err := r.decoder.Write(piece); err != nil {
		return nil, wire.ConnectionError(wire.ErrCodeCompression)
	}
	switch {
	case !last:
		return nil, nil
	case r.decoder.Close() != nil:
		return nil, wire.ConnectionError(wire.ErrCodeCompression)
	case r.malformed:
		return nil, wire.StreamError{StreamID: r.head.id, Code: wire.ErrCodeProtocol}
	}
	return &r.head, nil
}

// forget lets go of what the last head said, which a connection that waits for the next needn't hold.
func (r *headReader) forget() {
	const usual = 32
	fields := r.head.fields
	if cap(fields) > usual {
		fields = nil
	}
	clear(fields)
	r.head = head{fields: fields[:0]}
}

// add adds a field, unless that is one that may not be, or too much: then what follows is decoded, as later heads may refer
// to it, but not kept.
func (r *headReader) add(field hpack.HeaderField) {
	pseudo := strings.HasPrefix(field.Name, ":")
	switch {
	case !httpguts.ValidHeaderFieldValue(field.Value),
		pseudo && !r.addPseudo(field),
		!pseudo && !isFieldName(field.Name):
		r.malformed = true
	case field.Size() > r.left:
		r.head.tooMuch, r.left = true, 0
	default:
		r.left -= field.Size()
		if !pseudo {
			r.head.fields = append(r.head.fields, field)
		}
		return
	}
	r.decoder.SetEmitEnabled(false)
}

// addPseudo adds a pseudo-header field, and reports false if requests have none of that name, or it is there already, or
// comes behind other fields.
func (r *headReader) addPseudo(field hpack.HeaderField) bool {
	var into *string
	var bit uint8
	switch field.Name {
	case ":method":
		into, bit = &r.head.method, 1
	case ":scheme":
		into, bit = &r.head.scheme, 2
	case ":path":
		into, bit = &r.head.path, 4
	case ":authority":
		into, bit = &r.head.authority, 8
	}
	if into == nil || r.head.seen&bit != 0 || len(r.head.fields) > 0 {
		return false
	}
	*into, r.head.seen = field.Value, r.head.seen|bit
	return true
}

// isFieldName says whether a field may have a name: RFC 9110's token, without capital letters.
func isFieldName(name string) bool {
	if _, usual := canonicalNames[name]; usual {
		return true
	}
	for _, letter := range name {
		if !httpguts.IsTokenRune(letter) || 'A' <= letter && letter <= 'Z' {
			return false
		}
	}
	return name != ""
}
