package http2

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// A body is what a request brings, as it comes. One goroutine reads it.
type body struct {
	stream *stream

	mu      sync.Mutex
	more    sync.Cond // of mu
	held    []byte    // came, and isn't read yet
	end     error     // what follows: nil while more may come
	read    int       // bytes that the client doesn't know to be read, on this stream
	closed  bool      // nobody will read
	asksFor bool      // the client waits to be told to go on
}

// mostHeld is how much memory of a body is kept for the next, in bytes.
const mostHeld = 4 << 10

// begin makes b the body of a request.
func (b *body) begin(s *stream, header http.Header) {
	b.stream, b.asksFor = s, strings.EqualFold(header.Get("Expect"), "100-continue")
	b.more.L = &b.mu
}

// add adds what has come, and reports false if nobody will read it.
func (b *body) add(data []byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.end != nil {
		return false
	}
	b.held = append(b.held, data...)
	b.more.Signal()
	return true
}

// finish says what follows what has come: io.EOF, or why there is no more. The first counts.
func (b *body) finish(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end == nil {
		b.end = err
	}
	b.more.Broadcast()
}

// Read waits for what comes next.
func (b *body) Read(into []byte) (int, error) {
	if b.asksFor {
		b.asksFor = false
		b.stream.goOn()
	}
	n, told, err := b.take(into)
	if n > 0 {
		b.stream.connection.readMore(b.stream, n, told)
	}
	return n, err
}

// Whole returns the whole body, valid until the handler returns, if it has come to its end. Nothing of it must have been read.
func (b *body) Whole() (all []byte, whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held, errors.Is(b.end, io.EOF) && !b.closed
}

// take copies what has come, and returns how many bytes the client is to be told of as read on this stream.
func (b *body) take(into []byte) (n, told int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.held) == 0 {
		switch {
		case b.closed:
			return 0, 0, errReset
		case b.end != nil:
			return 0, 0, b.end
		case len(into) == 0:
			return 0, 0, nil
		}
		b.more.Wait()
	}
	n = copy(into, b.held)
	b.held = b.held[n:]
	b.read += n
	if b.end == nil && b.read >= window/2 {
		told, b.read = b.read, 0
	}
	return n, told, nil
}

// Close says that nobody will read any more.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.more.Broadcast()
	return nil
}

// forget gets the memory ready for another body.
func (b *body) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stream, b.end, b.read, b.closed, b.asksFor = nil, nil, 0, false, false
}

// leave closes the body and returns how many bytes of it nobody has read.
func (b *body) leave() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	left := len(b.held)
	b.held = b.held[:0]
	if cap(b.held) > mostHeld {
		b.held = nil
	}
	if b.end == nil {
		b.end = io.ErrUnexpectedEOF
	}
	b.more.Broadcast()
	return left
}
