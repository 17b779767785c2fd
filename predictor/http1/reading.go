package http1

import (
	"errors"
	"net"
	"os"
	"time"
)

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
	n, arrived, err := c.readInto(c.received[have:cap(c.received)])
	if n == 0 {
		return err
	}
	c.received, c.arrived = c.received[:have+n], arrived
	if c.state.Load() == idle && !c.state.CompareAndSwap(idle, active) {
		return net.ErrClosed // just now
	}
	return nil
}

// readInto reads, and returns when what it read arrived, as far as is known.
func (c *connection) readInto(memory []byte) (n int, arrived time.Time, err error) {
	if c.inlet != nil {
		return c.inlet.read(memory)
	}
	n, err = c.net.Read(memory)
	return n, time.Now(), err
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
