package http2

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A stream is a request on its way to its answer.
type stream struct {
	connection *connection
	id         uint32
	blank      *http.Request // with context
	request    http.Request
	values     []string // memory of the request's fields
	body       *body    // nil if the request had none from the beginning; else whole
	whole      body
	url        url.URL // of the request
	answer     answer
	context    requestContext
	tooMuch    bool  // the request has more fields than may be
	lacks      int64 // bytes of the body that its length promises and that haven't come; negative if it promises nothing. The reader's alone
	silent     bool  // the client was told that nothing more comes. Of the output's lock

	// Of the connection's lock.
	started    bool // a handler is called, or will be
	atOnce     bool // it was when the request was whole: from then on, the stream is its worker's
	received   bool // the request ended
	dead       bool // nothing may be sent
	receivable int  // bytes that the client may send
	sendable   int  // bytes that may be sent
	readBy     time.Time
	writeBy    time.Time // zero for no limit
}

// reset ends a stream that nobody will be answered on. The connection's lock is held.
func (s *stream) reset(why error) {
	if s.dead {
		return
	}
	s.dead = true
	if s.body != nil {
		s.body.finish(why)
	}
	s.context.end()
	s.connection.widened.Broadcast()
	if !s.started {
		s.started = true // it needn't any more
		delete(s.connection.streams, s.id)
		if s.body != nil {
			s.connection.done += s.body.leave()
		}
	}
}

// Serve has the handler answer the request.
func (s *stream) Serve() {
	if s.handle() {
		s.answer.finish()
		s.answer.giveBack()
	} else {
		s.fail()
	}
	s.end()
}

// handle calls the handler, and reports false if it panicked.
func (s *stream) handle() (returned bool) {
	defer func() {
		if returned {
			return
		}
		met := recover()
		if err, is := met.(error); !is || !errors.Is(err, http.ErrAbortHandler) {
			slog.Error("a request panicked", "path", s.request.URL.Path, "panic", met, "stack", string(debug.Stack()))
		}
	}()
	if s.tooMuch {
		http.Error(&s.answer, fmt.Sprintf("the request has more than %d bytes of fields", s.connection.server.limits.Header), http.StatusRequestHeaderFieldsTooLarge)
		return true
	}
	s.connection.server.handler.ServeHTTP(&s.answer, &s.request)
	return true
}

// fail tells the client that there is no answer, or no more of it.
func (s *stream) fail() {
	s.answer.unary = false                                    // whatever the handler meant to promise
	_ = s.connection.out.reset(s, s.id, wire.ErrCodeInternal) // if that fails, so does reading
}

// end forgets an answered stream, and flushes.
func (s *stream) end() {
	c := s.connection
	returned := 0
	if s.body != nil {
		returned = s.body.leave()
	}
	c.mu.Lock()
	unread, kept := !s.received && !s.dead, s.dead || !s.atOnce
	s.dead = true
	delete(c.streams, s.id)
	c.running--
	credit := c.doneWith(returned)
	if len(c.streams) == 0 && c.state == open {
		c.since = time.Now()
	}
	c.mu.Unlock()
	s.context.end()
	if unread { // what the client still sends is for nothing
		_ = c.out.reset(s, s.id, wire.ErrCodeNo)
	}
	c.widen(0, credit)
	if s.answer.unary && !kept {
		s.giveBack()
	}
	_ = c.out.flush() // if that fails, so does reading
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endIfDone()
}

// goOn tells a client that waits for it to send its body.
func (s *stream) goOn() {
	out := s.connection.out
	if out.addOf(s, func() { out.fields(s.id, []hpack.HeaderField{{Name: ":status", Value: "100"}}, false, frameSize) }) == nil {
		_ = out.flush() // if that fails, so does reading
	}
}

// reserve waits until some of the bytes wanted may be sent in one frame, and returns how many.
func (s *stream) reserve(wanted int) (int, error) {
	c := s.connection
	c.mu.Lock()
	defer c.mu.Unlock()
	for !s.dead {
		if n := min(wanted, s.sendable, c.sendable, c.frame); n > 0 {
			s.sendable -= n
			c.sendable -= n
			return n, nil
		}
		c.mu.Unlock()
		err := c.out.flush() // the client widens the window when it has read
		c.mu.Lock()
		if err != nil {
			return 0, err
		}
		if !s.dead && min(s.sendable, c.sendable) <= 0 {
			c.widened.Wait()
		}
	}
	return 0, errReset
}

// release gives back what was reserved and can't be sent any more.
func (s *stream) release(bytes int) {
	s.connection.mu.Lock()
	defer s.connection.mu.Unlock()
	s.connection.sendable += bytes
	s.connection.widened.Broadcast()
}
