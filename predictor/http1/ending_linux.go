package http1

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"time"
)

// refuseFraming begins to answer a request that is ambiguous.
func (c *connection) refuseFraming() {
	const reason = "400 Bad Request: ambiguous framing"
	const answer = "HTTP/1.1 " + reason + "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + reason
	c.send([]byte(answer), time.Now(), true)
	c.farewell = true
}

// handOver gives the connection to who speaks what it does, with all that was read.
func (c *connection) handOver() {
	defer c.loop.lose()
	taker := c.loop.server.others
	if bytes.HasPrefix(c.exchange.received, []byte(preface)) {
		taker = c.loop.server.http2
	}
	read := bytes.Clone(c.exchange.received)
	c.forgo()
	c.loop.forget(c)
	c.loop.ignore(c)
	file := os.NewFile(uintptr(c.socket), c.remote)
	handed, err := net.FileConn(file)
	_ = file.Close() // the other has a descriptor of its own
	if err != nil {
		slog.Warn("a connection could not be handed over", "error", err) // such as for want of file descriptors
		return
	}
	if !taker.give(&begun{Conn: handed, read: read}) {
		_ = handed.Close() // nobody takes it any more
	}
}
