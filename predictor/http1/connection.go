package http1

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// bufferSize is how many bytes of requests a connection holds unless one needs more.
const bufferSize = 4 << 10

// What a connection does. One that is idle may be closed at any time.
const (
	idle int32 = iota
	active
	closed
)

// A connection answers one client's requests, one after the other.
type connection struct {
	server   *Server
	net      net.Conn
	remote   string
	state    atomic.Int32
	received []byte // what was read and belongs to no request that is answered
	buffer   []byte // what received lies in
	response response
	header   http.Header

	readBy, writeBy time.Time // the deadlines that are set
}

func newConnection(s *Server, from net.Conn) *connection {
	buffer := make([]byte, bufferSize)
	return &connection{server: s, net: from, remote: from.RemoteAddr().String(), buffer: buffer, received: buffer[:0], header: http.Header{}}
}

// serve answers requests until there are no more, or one is net/http's, to which it hands the
// connection over. It reports whether it has.
func (c *connection) serve() (handedOver bool) {
	patience := c.server.limits.Head // of a client that has never said anything
	for {
		now := time.Now()
		asked, verdict, err := c.next(now.Add(patience))
		switch {
		case verdict == refused:
			c.refuse()
			return false
		case verdict == other:
			return c.handOver()
		case verdict == incomplete, err != nil && !asked.begun():
			return false
		}
		if !c.answer(asked, err) || c.server.stopping.Load() {
			return false
		}
		if len(c.received) == 0 && !c.state.CompareAndSwap(active, idle) {
			return false
		}
		patience = c.server.limits.Idle
	}
}

// begun says whether a head was read whole.
func (h head) begun() bool { return h.size > 0 }

// next reads a request until it is whole, or not plain. Of a body that isn't read to its end by the time
// it must be, it returns the error.
func (c *connection) next(by time.Time) (asked head, found verdict, err error) {
	var began time.Time
	for {
		if len(c.received) > 0 {
			if began.IsZero() {
				began = time.Now()
			}
			if !asked.begun() {
				clear(c.header)
				if asked, found = readHead(c.received, c.header); found != plain && found != incomplete {
					return asked, found, nil
				}
			}
			if asked.begun() && len(c.received) >= asked.size+asked.length {
				return asked, plain, nil
			}
			by = began.Add(c.server.limits.Head)
			if asked.begun() {
				by = began.Add(c.server.limits.Request)
			}
		}
		c.reserve(asked)
		c.setReadBy(by)
		if err := c.read(); err != nil {
			switch {
			case asked.begun():
				return asked, plain, err
			case errors.Is(err, io.EOF) && len(c.received) > 0:
				return asked, other, nil // which says what is wrong
			}
			return asked, incomplete, err
		}
	}
}

// reserve makes room for what is missing of a request.
func (c *connection) reserve(asked head) {
	size := len(c.received) + 1
	if asked.begun() {
		size = asked.size + asked.length
	}
	size = max(bufferSize, size)
	switch {
	case len(c.received) == 0 && len(c.buffer) > bufferSize: // a large request was an exception
		c.buffer = make([]byte, bufferSize)
	case size > len(c.buffer):
		c.buffer = make([]byte, max(size, min(2*len(c.buffer), maxHead+maxBody)))
	}
	c.received = c.buffer[:copy(c.buffer, c.received)]
}

// tolerance is how much earlier than necessary a deadline may come: setting one for every request costs more
// than its precision is worth.
const tolerance = time.Second

// setReadBy sets when reading fails.
func (c *connection) setReadBy(by time.Time) {
	if early := by.Sub(c.readBy); early < 0 || early >= tolerance {
		c.readBy = by
		_ = c.net.SetReadDeadline(by) // a connection for which that fails can't be read either
	}
}

// setWriteBy sees to it that writing fails after the limit, which may be doubled.
func (c *connection) setWriteBy(now time.Time) {
	limit := c.server.limits.Write
	if c.writeBy.Sub(now) < limit {
		c.writeBy = now.Add(2 * limit)
		_ = c.net.SetWriteDeadline(c.writeBy) // a connection for which that fails can't be written to either
	}
}

// read adds what has come to what was received.
func (c *connection) read() error {
	have := len(c.received)
	n, err := c.net.Read(c.received[have:cap(c.received)])
	if n == 0 {
		return err
	}
	c.received = c.received[:have+n]
	if c.state.Load() == idle && !c.state.CompareAndSwap(idle, active) {
		return net.ErrClosed // just now
	}
	return nil
}

// readOn is read beside the handler, and says whether the client has left. It is interrupted by interrupt.
func (c *connection) readOn() (left bool) {
	if len(c.received) == cap(c.received) {
		return false // the client has said so much that it must be there
	}
	err := c.read()
	return err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// interrupt ends a read that is under way, or would be next.
func (c *connection) interrupt() {
	c.readBy = time.Time{}
	_ = c.net.SetReadDeadline(time.Unix(1, 0)) // a connection for which that fails can't be read either
}

// answer has the handler answer a request, and reports whether the connection is good for another. err is
// why the body isn't whole.
func (c *connection) answer(asked head, err error) bool {
	body := c.received[asked.size:min(len(c.received), asked.size+asked.length)]
	ctx := &requestContext{connection: c}
	request := (&http.Request{
		Method: asked.method, URL: &url.URL{Path: asked.target}, RequestURI: asked.target,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: asked.header, Host: asked.host,
		Body: http.NoBody, ContentLength: int64(asked.length), Close: asked.close, RemoteAddr: c.remote,
	}).WithContext(ctx)
	if asked.length > 0 {
		request.Body = &requestBody{rest: body, err: endOf(err)}
	}
	c.response.begin()
	returned := c.handle(request)
	ctx.finish()
	if !returned {
		return false
	}
	now := time.Now()
	c.setWriteBy(now)
	whole := c.response.finish(now, asked.close || err != nil)
	if _, err := c.net.Write(whole); err != nil {
		return false
	}
	if c.response.close {
		return false
	}
	c.received = c.received[asked.size+asked.length:]
	return true
}

// handle calls the handler, and reports false if it panicked.
func (c *connection) handle(request *http.Request) (returned bool) {
	defer func() {
		if returned {
			return
		}
		if met := recover(); met != http.ErrAbortHandler {
			slog.Error("a request panicked", "path", request.URL.Path, "panic", met, "stack", string(debug.Stack()))
		}
	}()
	c.server.handler.ServeHTTP(&c.response, request)
	return true
}

// refuse answers a request that is ambiguous.
func (c *connection) refuse() {
	const reason = "400 Bad Request: ambiguous framing"
	const answer = "HTTP/1.1 " + reason + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + reason
	c.setWriteBy(time.Now())
	if _, err := c.net.Write([]byte(answer)); err != nil {
		return
	}
	if half, can := c.net.(interface{ CloseWrite() error }); can && half.CloseWrite() == nil {
		c.setReadBy(time.Now().Add(lingering)) // what the client still sends would have the answer thrown away
		_, _ = io.CopyN(io.Discard, c.net, maxHead+maxBody)
	}
}

// lingering is how long a client that is refused may take to read why.
const lingering = 500 * time.Millisecond

// handOver gives the connection to net/http, with all that was read. It reports false if nobody takes it.
func (c *connection) handOver() bool {
	_ = c.net.SetDeadline(time.Time{}) // whoever takes it sets its own
	return c.server.others.give(&begun{Conn: c.net, read: bytes.Clone(c.received)})
}
