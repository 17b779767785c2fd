package http2

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"time"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// maxPending is how many bytes may wait to be written before those who have more to say wait, too: a client that
// doesn't read can't have answers pile up.
const maxPending = 256 << 10

// errReset is met by who reads or answers a request that nobody waits for any more.
var errReset = errors.New("the stream was reset")

// An output gathers frames and writes them. It is safe for concurrent use.
type output struct {
	net   net.Conn
	limit time.Duration // for a write

	mu      sync.Mutex
	written sync.Cond // of mu: what waited is
	pending bytes.Buffer
	spare   bytes.Buffer // swapped with pending while it is written
	writing bool         // somebody is
	err     error        // of writing; nothing is written any more
	framer  *wire.Framer // into pending
	encoder *hpack.Encoder
	block   bytes.Buffer // of the encoder
	ready   readyBlocks
	writeBy time.Time   // the deadline that is set
	later   *time.Timer // flushes what was left to others, unless they have; nil if that never was
	due     bool        // it will
	room    func()      // to be called when nothing waits; nil if nobody asks
}

func newOutput(to net.Conn, limit time.Duration) *output {
	o := &output{net: to, limit: limit}
	o.written.L = &o.mu
	o.framer = wire.NewFramer(&o.pending, nil)
	o.encoder = hpack.NewEncoder(&o.block)
	return o
}

// add adds frames, to be written by the next flush. write is called with the lock held; into memory, a framer
// doesn't fail.
func (o *output) add(write func(*wire.Framer)) error {
	return o.addOf(nil, func() { write(o.framer) })
}

// addOf adds frames of a stream, unless the client was told that there would be none.
func (o *output) addOf(s *stream, write func()) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil:
		return o.err
	case s != nil && s.silent:
		return errReset
	}
	write()
	return nil
}

// makeRoom waits while too much waits to be written.
func (o *output) makeRoom() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.pending.Len() > maxPending && o.err == nil {
		o.write()
	}
}

// crowded says whether too much waits to be written.
func (o *output) crowded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending.Len() > maxPending
}

// waitForRoom says whether too much waits to be written. If so, done is called when that is written.
func (o *output) waitForRoom(done func()) (waits bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.pending.Len() <= maxPending || o.err != nil {
		return false
	}
	o.room = done
	return true
}

// reset tells the client that nothing more comes on a stream, unless it was told. s is nil if there is none of
// that id.
func (o *output) reset(s *stream, id uint32, code wire.ErrCode) error {
	err := o.addOf(s, func() {
		if s != nil {
			s.silent = true
		}
		_ = o.framer.WriteRSTStream(id, code)
	})
	if errors.Is(err, errReset) {
		return nil
	}
	return err
}

// flush writes what waits, unless somebody is writing, who will then write this, too.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.writing {
		o.write()
	}
	return o.err
}

// flushWithin leaves what waits to the next flush, or writes it after a while if there is none.
func (o *output) flushWithin(while time.Duration) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.err != nil, o.writing, o.due, o.pending.Len() == 0:
		return o.err
	case o.later == nil:
		o.later = time.AfterFunc(while, func() { _ = o.flush() }) // if that fails, so does reading
	default:
		o.later.Reset(while)
	}
	o.due = true
	return nil
}

// drain writes what waits, and returns when it is written.
func (o *output) drain() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write()
	return o.err
}

// write writes until nothing waits, or waits until somebody else has. The lock is held, but not meanwhile.
func (o *output) write() {
	if o.writing {
		o.written.Wait()
		return
	}
	o.writing = true
	if o.due {
		o.due = false
		o.later.Stop()
	}
	for o.pending.Len() > 0 && o.err == nil {
		o.pending, o.spare = o.spare, o.pending
		o.mu.Unlock()
		o.setWriteBy(time.Now())
		_, err := o.net.Write(o.spare.Bytes())
		o.mu.Lock()
		o.err = err
		o.spare.Reset()
		if o.spare.Cap() > maxPending {
			o.spare = bytes.Buffer{} // a large answer was an exception
		}
	}
	o.writing = false
	o.written.Broadcast()
	if o.room != nil {
		o.room()
		o.room = nil
	}
}

// setWriteBy sees to it that writing fails after the limit, which may be doubled: setting a deadline for every
// write costs more than its precision is worth.
func (o *output) setWriteBy(now time.Time) {
	if o.writeBy.Sub(now) < o.limit {
		o.writeBy = now.Add(2 * o.limit)
		_ = o.net.SetWriteDeadline(o.writeBy) // a connection for which that fails can't be written to either
	}
}

// fields writes a header block as HEADERS, and CONTINUATION where it is longer than a frame. The lock is held.
func (o *output) fields(id uint32, fields []hpack.HeaderField, last bool, frame int) {
	rest := o.encode(fields)
	for first := true; first || len(rest) > 0; first = false {
		piece := rest[:min(len(rest), frame)]
		rest = rest[len(piece):]
		if first {
			_ = o.framer.WriteHeaders(wire.HeadersFrameParam{StreamID: id, BlockFragment: piece, EndStream: last, EndHeaders: len(rest) == 0})
		} else {
			_ = o.framer.WriteContinuation(id, len(rest) == 0, piece)
		}
	}
}

// limitTable heeds how much of the fields a client wants to remember, in bytes.
func (o *output) limitTable(size uint32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.encoder.SetMaxDynamicTableSizeLimit(size)
	o.ready.date = "" // what the client remembers may be less than before
}
