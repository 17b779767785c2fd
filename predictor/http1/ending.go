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

// handOver gives the connection to net/http, with all that was read. It reports false if nobody takes it.
func (c *connection) handOver() bool {
	_ = c.net.SetDeadline(time.Time{}) // whoever takes it sets its own
	return c.server.others.give(&begun{Conn: c.net, read: bytes.Clone(c.received)})
}
