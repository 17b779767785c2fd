package http1

import (
	"bytes"
	"io"
	"time"
)

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

// preface is how a connection that speaks HTTP/2 begins, with what it looks like to HTTP/1. Source: RFC 9113,
// section 3.4.
const preface = "PRI * HTTP/2.0\r\n\r\n"

// handOver gives the connection to who speaks what it does, with all that was read. It reports false if nobody
// takes it.
func (c *connection) handOver() bool {
	_ = c.net.SetDeadline(time.Time{}) // whoever takes it sets its own
	taker := c.server.others
	if bytes.HasPrefix(c.received, []byte(preface)) {
		taker = c.server.http2
	}
	return taker.give(&begun{Conn: c.net, read: bytes.Clone(c.received)})
}
