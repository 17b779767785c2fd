package http1

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
)

// A plainRequest is the memory of what a handler gets of a request.
type plainRequest struct {
	request http.Request
	blank   *http.Request // with context
	context requestContext
	url     url.URL
	body    requestBody
}

func newPlainRequest() *plainRequest {
	p := &plainRequest{}
	p.blank = (&http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(&p.context)
	return p
}

// begin makes of it the request that a connection has received, and returns that.
func (p *plainRequest) begin(c *connection) *http.Request {
	x := c.exchange
	asked := &x.reading
	p.context.begin(c, x.arrived)
	p.url = url.URL{Path: asked.target}
	p.request = *p.blank
	r := &p.request
	r.Method, r.URL, r.RequestURI, r.Header, r.Host = asked.method, &p.url, asked.target, asked.header, asked.host
	r.Body, r.ContentLength, r.Close, r.RemoteAddr = http.NoBody, int64(asked.length), asked.close, c.remote
	if asked.length > 0 {
		p.body = requestBody{rest: x.body(), err: endOf(c.failed)}
		r.Body = &p.body
	}
	return r
}

// answer has the handler answer the request that was received, and begins to send what it says. It reports false if there is
// nothing to send.
func (c *connection) answer() bool {
	x := c.exchange
	asked := &x.reading
	if c.ends {
		c.gone.Store(c.socket.left())
	}
	if x.plain == nil {
		x.plain = newPlainRequest()
	}
	made := x.plain
	request := made.begin(c)
	x.response.begin()
	c.context.Store(&made.context)
	returned := c.handle(request)
	c.context.Store(nil)
	made.context.end(c)
	if !returned {
		return false
	}
	now := time.Now()
	answer := x.response.finish(now, asked.close || c.failed != nil)
	x.answered()
	c.send(answer, now, x.response.close)
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
	c.loop.server.handler.ServeHTTP(&c.exchange.response, request)
	return true
}
