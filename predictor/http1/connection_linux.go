package http1

import (
	"bytes"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Who looks after a connection, and what has happened meanwhile. Somebody must own it to do anything with it.
const (
	owned   uint32 = 1 << iota
	again          // something has come since its owner last looked
	ending         // the client has closed its side; of an owner who hasn't looked since
	midway         // nobody owns it, and a request, or its answer, is under way; if not, it is idle, and may be closed
	resting uint32 = 0
)

// A step is what a connection needs next.
type step int

const (
	waiting   step = iota // for its client
	answering             // the request that was received: it is whole, or will never be
	refusing              // that request: it is ambiguous
	handing               // to net/http, or HTTP/2
	over                  // to be closed
)

// A connection answers one client's requests, one after the other.
type connection struct {
	loop   *loop
	socket socket
	remote string
	state  atomic.Uint32
	by     atomic.Int64 // when whoever waits for the client loses patience, in nanoseconds of Unix

	gone    atomic.Bool // the client has closed its side, and all is read that it said
	context atomic.Pointer[requestContext]

	// Of the owner.
	exchange  *exchange // nil while there is nothing in it
	kept      []byte    // what was received of a request that has just begun, while exchange is nil
	began     time.Time // when the request that isn't whole did; zero if there is none
	since     time.Time // when the last answer was made, or else the connection
	known     bool      // that there was an answer
	more      bool      // there may be something to read
	ends      bool      // and the end of it
	failed    error     // why the request will never be whole
	closing   bool      // when the answer is sent
	farewell  bool      // it says why the connection will be closed
	lingering int       // how many bytes more are read, to no purpose but that the farewell is
	widened   bool      // the loop hears of room to send
	next      step      // for whoever is given the connection
}

// keepable is how many bytes of a request that has just begun are kept apart, in bytes: a client that says no more
// for a while doesn't hold an exchange.
const keepable = 512

// claim makes the caller the owner of a connection that nobody owns; else it tells the owner that there is something new.
func (c *connection) claim(news uint32) bool {
	for {
		before := c.state.Load()
		if before&owned != 0 {
			if c.state.CompareAndSwap(before, before|again|news) {
				return false
			}
			continue
		}
		if c.state.CompareAndSwap(before, owned) {
			c.heed(news)
			return true
		}
	}
}

// heed has the owner look at what has happened.
func (c *connection) heed(news uint32) {
	c.more = true
	c.ends = c.ends || news&ending != 0
}

// claimFrom makes the caller the owner of a connection that is in a state, and reports whether it has.
func (c *connection) claimFrom(state uint32) bool { return c.state.CompareAndSwap(state, owned) }

// release gives a connection up that waits for its client. It reports false if something has happened, and the
// caller is still the owner.
func (c *connection) release() bool {
	rest := c.settle()
	if c.state.CompareAndSwap(owned, rest) {
		return true
	}
	c.heed(c.state.Swap(owned))
	return false
}

// settle gets a connection ready to be nobody's, and returns the state of that.
func (c *connection) settle() (rest uint32) {
	x := c.exchange
	limits := &c.loop.server.limits
	switch {
	case len(x.unsent) > 0:
		c.by.Store(c.since.Add(limits.Write).UnixNano())
		return midway
	case c.lingering > 0:
		c.by.Store(c.since.Add(lingering).UnixNano())
		return midway
	case len(x.received) > 0:
		if c.began.IsZero() {
			c.began = time.Now()
		}
		patience := limits.Head
		if x.reading.begun() {
			patience = limits.Request
		}
		c.by.Store(c.began.Add(patience).UnixNano())
		if len(x.received) <= keepable {
			c.kept = bytes.Clone(x.received)
			c.forgo()
		}
		return midway
	}
	c.forgo()
	patience := limits.Idle
	if !c.known {
		patience = limits.Head
	}
	c.by.Store(c.since.Add(patience).UnixNano())
	return resting
}

// forgo gives the exchange back.
func (c *connection) forgo() {
	if c.exchange != nil {
		c.exchange.giveBack()
		c.exchange = nil
	}
}

// Serve does what is next for a connection, until it waits for its client again, or ends.
func (c *connection) Serve() {
	for {
		switch c.next {
		case answering:
			if !c.answer() {
				c.close()
				return
			}
		case refusing:
			c.refuseFraming()
		case handing:
			c.handOver()
			return
		case over:
			c.close()
			return
		case waiting:
			if c.release() {
				return
			}
		}
		c.next = c.advance()
	}
}

// advance goes on as far as that is possible without waiting, and returns what is next. Requests that have come too late
// are turned away.
func (c *connection) advance() step {
	if c.exchange == nil {
		c.exchange = exchanges.Get().(*exchange)
		c.exchange.received = append(c.exchange.received, c.kept...)
		c.kept = nil
	}
	x := c.exchange
	for {
		if next, sent := c.sendOn(); !sent {
			return next
		}
		if c.lingering > 0 {
			return c.linger()
		}
		switch found, whole := x.look(); {
		case found == refused:
			return refusing
		case found == other:
			return handing
		case whole:
			refusal := c.loop.server.refuse(x.reading.target, x.arrived)
			if refusal == nil {
				return answering
			}
			c.turnAway(refusal)
			continue
		}
		if !c.more {
			return waiting
		}
		if err := c.read(); err != nil {
			return c.interrupted(err)
		}
	}
}

// read adds what has come to what was received, if anything has.
func (c *connection) read() error {
	x := c.exchange
	x.reserve()
	have := len(x.received)
	room := x.received[have:cap(x.received)]
	n, arrived, err := x.inlet.read(c.socket, room)
	if errors.Is(err, unix.EAGAIN) {
		c.more = false
		return nil
	}
	if err != nil {
		return err
	}
	x.received, x.arrived = x.received[:have+n], arrived
	c.more = c.ends || n == len(room) // else the kernel says when there is more
	return nil
}

// interrupted returns what becomes of a connection from which nothing comes any more.
func (c *connection) interrupted(err error) step {
	x := c.exchange
	switch {
	case x.reading.begun():
		c.failed = endOf(err)
		return answering // which says what is wrong
	case errors.Is(err, io.EOF) && len(x.received) > 0:
		return handing // which does, too
	}
	return over
}

// send begins to send an answer. The connection is closed afterwards, if closing says so or the server stops.
func (c *connection) send(answer []byte, now time.Time, closing bool) {
	c.exchange.unsent = answer
	c.closing = closing || c.loop.server.stopping.Load()
	c.since, c.known = now, true
	c.began = time.Time{}
}

// sendOn sends what isn't sent yet. It reports false if there is something else to do next than to go on.
func (c *connection) sendOn() (next step, sent bool) {
	x := c.exchange
	if x.unsent == nil {
		return waiting, true
	}
	for len(x.unsent) > 0 {
		n, err := c.socket.send(x.unsent)
		switch {
		case errors.Is(err, unix.EAGAIN):
			if !c.widened {
				c.widened = true
				c.loop.listenForRoom(c)
			}
			return waiting, false
		case err != nil:
			return over, false
		}
		x.unsent = x.unsent[n:]
	}
	x.unsent = nil
	switch {
	case c.farewell:
		c.socket.shut(unix.SHUT_WR)
		c.farewell, c.lingering = false, maxHead+maxBody // what the client still sends would have the answer thrown away
		c.since = time.Now()
	case c.closing:
		return over, false
	}
	return waiting, true
}

// linger reads to no purpose until the client has closed its side.
func (c *connection) linger() step {
	x := c.exchange
	for c.lingering > 0 {
		n, _, err := x.inlet.read(c.socket, x.buffer)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return waiting
		case err != nil:
			return over
		}
		c.lingering -= n
	}
	return over
}

// turnAway begins to tell a client to come again.
func (c *connection) turnAway(refusal *Refusal) {
	x := c.exchange
	x.response.begin()
	now := time.Now()
	answer := x.response.refuse(refusal, now, x.reading.close)
	x.answered()
	c.send(answer, now, x.response.close)
}

// lapse returns what becomes of a connection whose client took too long.
func (c *connection) lapse(why error) step {
	if c.exchange == nil && len(c.kept) == 0 {
		return over
	}
	c.more = false // what has come just now is late
	if next := c.advance(); next != waiting {
		return next // there was no more to wait for
	}
	if x := c.exchange; len(x.unsent) > 0 || c.lingering > 0 || !x.reading.begun() {
		return over
	}
	c.failed = why
	return answering // which says what is wrong
}

// close ends a connection.
func (c *connection) close() {
	c.forgo()
	c.loop.forget(c)
	c.socket.close()
	c.loop.lose()
}
