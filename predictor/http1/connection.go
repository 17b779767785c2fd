package http1

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
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
	inlet    *inlet    // nil if the kernel doesn't say when something arrived
	received []byte    // what was read and belongs to no request that is answered
	arrived  time.Time // when its last byte did
	buffer   []byte    // what received lies in
	response response
	header   http.Header

	readBy, writeBy time.Time // the deadlines that are set
}

func newConnection(s *Server, from net.Conn) *connection {
	buffer := make([]byte, bufferSize)
	return &connection{server: s, net: from, inlet: newInlet(from), remote: from.RemoteAddr().String(), buffer: buffer, received: buffer[:0], header: http.Header{}}
}

// serve answers requests until there are no more, or one is net/http's, to which it hands the
// connection over. It reports whether it has.
func (c *connection) serve() (handedOver bool) {
	patience := c.server.limits.Head // of a client that has never said anything
	for {
		asked, verdict, err := c.next(time.Now().Add(patience))
		switch verdict {
		case refused:
			c.refuse()
			return false
		case other:
			return c.handOver()
		case incomplete: // and there comes no more
			return false
		}
		good := false
		if err == nil && c.server.refusal.late(asked.target, c.arrived) {
			good = c.turnAway(asked)
		} else {
			good = c.answer(asked, err)
		}
		if !good || c.server.stopping.Load() {
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

// next reads a request until it is whole, or not plain, or there comes no more: then it returns why. A plain one
// with an error lacks the end of its body.
func (c *connection) next(by time.Time) (asked head, found verdict, err error) {
	var began time.Time
	clear(c.header)
	reading := scan{head: head{header: c.header}}
	for {
		if len(c.received) > 0 {
			if began.IsZero() {
				began = time.Now()
			}
			if !asked.begun() {
				found = reading.read(c.received)
				asked = reading.head
				if found != plain && found != incomplete {
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
		err := c.read()
		switch {
		case err == nil:
		case asked.begun():
			return asked, plain, err
		case errors.Is(err, io.EOF) && len(c.received) > 0:
			return asked, other, err // which says what is wrong
		default:
			return asked, incomplete, err
		}
	}
}

// answer has the handler answer a request, and reports whether the connection is good for another. err is
// why the body isn't whole.
func (c *connection) answer(asked head, err error) bool {
	body := c.received[asked.size:min(len(c.received), asked.size+asked.length)]
	ctx := &requestContext{connection: c, arrived: c.arrived}
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
	return c.send(c.response.finish(now, asked.close || err != nil), now, asked)
}

// turnAway tells a client to come again, and reports whether the connection is good for another request.
func (c *connection) turnAway(asked head) bool {
	c.response.begin()
	now := time.Now()
	return c.send(c.response.refuse(c.server.refusal, now, asked.close), now, asked)
}

// send sends what answers a request, now, and reports whether the connection is good for another.
func (c *connection) send(answer []byte, now time.Time, asked head) bool {
	c.setWriteBy(now)
	if _, err := c.net.Write(answer); err != nil || c.response.close {
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
		met := recover()
		if err, is := met.(error); !is || !errors.Is(err, http.ErrAbortHandler) {
			slog.Error("a request panicked", "path", request.URL.Path, "panic", met, "stack", string(debug.Stack()))
		}
	}()
	c.server.handler.ServeHTTP(&c.response, request)
	return true
}
