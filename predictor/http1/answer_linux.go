package http1

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
)

// A plainRequest is what a handler gets of a request, in one piece of memory.
type plainRequest struct {
	context requestContext
	url     url.URL
	body    requestBody
}

// answer has the handler answer the request that was received, and begins to send what it says. It reports false if there is
// nothing to send.
func (c *connection) answer() bool {
	x := c.exchange
	asked := &x.reading
	if c.ends {
		c.gone.Store(c.socket.left())
	}
	made := &plainRequest{context: requestContext{connection: c, arrived: x.arrived}, url: url.URL{Path: asked.target}}
	request := (&http.Request{
		Method: asked.method, URL: &made.url, RequestURI: asked.target,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: asked.header, Host: asked.host,
		Body: http.NoBody, ContentLength: int64(asked.length), Close: asked.close, RemoteAddr: c.remote,
	}).WithContext(&made.context)
	if asked.length > 0 {
		made.body = requestBody{rest: x.body(), err: endOf(c.failed)}
		request.Body = &made.body
	}
	x.response.begin()
	c.context.Store(&made.context)
	returned := c.handle(request)
	c.context.Store(nil)
	made.context.end()
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
