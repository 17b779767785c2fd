package http2

import (
	"encoding/binary"
	"net/http"
	"time"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/daybreak-ml/daybreak/predictor/response"
)

// Unary sends a message, with its prefix, as the whole answer of a gRPC call whose status is OK, with less work than Header
// and Write do. It reports false, and nothing is done, if fields were set, or the message can't leave at once. The handler says
// nothing more, and keeps neither the request, nor its context, nor its body when it returns: their memory is the next one's.
func (r *answer) Unary(message []byte) (sent bool) {
	s := r.stream
	if r.memory != nil || len(message) == 0 || !s.reserveAll(len(message)) {
		return false
	}
	now := time.Now()
	s.connection.out.makeRoom()
	r.status, r.sent, r.unary = http.StatusOK, true, true
	if r.err = s.connection.out.addOf(s, func() { s.connection.out.unary(s.id, message, response.Date(now)) }); r.err != nil {
		s.release(len(message))
	}
	return true
}

// reserveAll reserves so many bytes, to be sent in one frame, if there is room for all.
func (s *stream) reserveAll(bytes int) bool {
	c := s.connection
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.dead || bytes > min(s.sendable, c.sendable, c.frame) {
		return false
	}
	s.sendable -= bytes
	c.sendable -= bytes
	return true
}

// unary adds the frames of a unary answer. The lock is held.
func (o *output) unary(id uint32, message []byte, date string) {
	head, trailers := o.unaryBlocks(date)
	o.pending.Grow(3*frameHead + len(head) + len(message) + len(trailers))
	frames := o.pending.AvailableBuffer()
	frames = appendFrame(frames, wire.FrameHeaders, wire.FlagHeadersEndHeaders, id, head)
	frames = appendFrame(frames, wire.FrameData, 0, id, message)
	frames = appendFrame(frames, wire.FrameHeaders, wire.FlagHeadersEndHeaders|wire.FlagHeadersEndStream, id, trailers)
	o.pending.Write(frames)
}

// frameHead is how many bytes a frame has before what it holds.
const frameHead = 9

// appendFrame appends a frame. Source: RFC 9113, section 4.1.
func appendFrame(to []byte, kind wire.FrameType, flags wire.Flags, id uint32, holds []byte) []byte {
	size := len(holds)
	to = append(to, byte(size>>16), byte(size>>8), byte(size), byte(kind), byte(flags))
	return append(binary.BigEndian.AppendUint32(to, id), holds...)
}

// readyBlocks are the header blocks of a unary answer as they were encoded last. As long as date is set, they may be sent
// again: they refer to fields that the client remembers, and nothing has changed which these are.
type readyBlocks struct {
	date           string // empty if they may not
	head, trailers []byte
}

// unaryBlocks returns the header blocks before and behind the message of a unary answer. The lock is held.
func (o *output) unaryBlocks(date string) (head, trailers []byte) {
	ready := &o.ready
	if ready.date == date {
		return ready.head, ready.trailers
	}
	ready.date = date // unless encoding changes what the client remembers
	ready.head = append(ready.head[:0], o.encode([]hpack.HeaderField{
		{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/grpc"}, {Name: "date", Value: date},
	})...)
	ready.trailers = append(ready.trailers[:0], o.encode([]hpack.HeaderField{{Name: "grpc-status", Value: "0"}})...)
	return ready.head, ready.trailers
}

// encode returns fields as a header block, which is valid until the next. The lock is held.
func (o *output) encode(fields []hpack.HeaderField) []byte {
	o.block.Reset()
	for _, field := range fields {
		_ = o.encoder.WriteField(field) // into memory
	}
	if !indexed(o.block.Bytes()) {
		o.ready.date = ""
	}
	return o.block.Bytes()
}

// indexed says whether a header block refers to fields of the tables alone: one that doesn't may change these. Source: RFC
// 7541, section 6.1.
func indexed(block []byte) bool {
	const first, longer = 0x80, 0xff // an index that takes several bytes is rare
	for _, b := range block {
		if b < first || b == longer {
			return false
		}
	}
	return true
}
