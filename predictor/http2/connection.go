package http2

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	wire "golang.org/x/net/http2"
)

const (
	// window is how many bytes of requests a connection may have sent that nobody has read: of one, or of all.
	window = 1 << 20
	// frameSize is how long a frame may be that a client sends, in bytes: what every server must take.
	frameSize = 16 << 10
	// bufferSize is how many bytes are read at once: a frame and more.
	bufferSize = 32 << 10
	// tableSize is how many bytes of fields each side remembers, at most.
	tableSize = 4 << 10
	// initialWindow and largestWindow are the protocol's.
	initialWindow = 64<<10 - 1
	largestWindow = 1<<31 - 1
	// lingering is how long a client may take to close a connection over which everything is said.
	lingering = time.Second
)

// How far a connection is on its way to its end.
const (
	open    = iota
	leaving // the client was told to send nothing more, and may not know yet
	left    // it knows; what it sends now isn't answered
	over    // nothing is left to answer
)

// A connection answers one client's requests.
type connection struct {
	server *Server
	net    net.Conn
	remote string
	said   []byte // what was read before the connection came here
	input  input
	framer *wire.Framer // of the input
	heads  *headReader
	out    *output
	ended  chan struct{} // closed when nothing more is read

	frameBegan atomic.Int64 // when the frame that is being read did, in nanoseconds of Unix; 0 for none
	heard      atomic.Int64 // when the last began

	closed atomic.Bool // nothing more is read

	// Of the reader alone.
	begun     []*stream // whose handler isn't called yet, in order; some may be answered or reset
	answering bool      // a handler was called since something was said
	now       time.Time // when something came last
	greeted   bool      // the client has begun as it must
	settled   bool      // it has sent its settings
	goesOn    bool      // the last frame began a head that isn't whole

	mu           sync.Mutex
	streams      map[uint32]*stream // that aren't answered, or whose client may send more
	running      uint32             // handlers; those of streams that were reset among them
	latest       uint32             // the highest stream there was
	last         uint32             // the highest that is answered, once the client was told
	state        int
	since        time.Time // when the state, or the last change between having requests and none, came about
	pinged       time.Time // when the client was asked whether it is there; zero if it has answered
	receivable   int       // bytes that the client may send
	done         int       // bytes it has sent, are done with, and of which it doesn't know
	sendable     int       // bytes that may be sent
	initial      int       // sendable of a new stream
	frame        int       // how long a frame may be that the client takes
	widened      sync.Cond // of mu: more may be sent, or nothing ever
	housekeeping *time.Timer
}

func newConnection(s *Server, accepted net.Conn) *connection {
	from := direct(accepted)
	c := &connection{
		server: s, net: from, remote: from.RemoteAddr().String(), out: newOutput(from, s.limits.Write),
		ended: make(chan struct{}), streams: map[uint32]*stream{}, since: time.Now(),
		receivable: window, sendable: initialWindow, initial: initialWindow, frame: frameSize,
	}
	c.widened.L = &c.mu
	c.frameBegan.Store(c.since.UnixNano())
	c.framer = wire.NewFramer(nil, &c.input)
	c.framer.SetMaxReadFrameSize(frameSize)
	c.framer.SetReuseFrames()
	c.heads = newHeadReader(s.limits.Header)
	return c
}

// watch begins to look whether the client takes more time than it may.
func (c *connection) watch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.housekeeping = time.AfterFunc(c.tick(), c.keepHouse)
}

// serve answers requests until there are no more, for a connection that no loop looks after.
func (c *connection) serve() {
	buffer := make([]byte, bufferSize)
	err := c.hearOut()
	for err == nil {
		have := copy(buffer, c.input.rest)
		n, failed := c.net.Read(buffer[have:])
		if n > 0 {
			err = c.advance(buffer[:have+n])
		}
		err = errors.Join(err, failed)
		if err == nil && c.out.crowded() {
			err = c.out.drain()
		}
	}
	c.end(err)
}

// hearOut heeds what was read before the connection came here.
func (c *connection) hearOut() error {
	said := c.said
	if c.said = nil; said == nil {
		return nil
	}
	return c.advance(said)
}

// end ends a connection, when no more frames are read. err says why: wire.ConnectionError is what the client is told.
func (c *connection) end(err error) {
	close(c.ended)
	var broken wire.ConnectionError
	if errors.As(err, &broken) {
		c.giveUp(wire.ErrCode(broken))
	}
	c.abandon()
	_ = c.net.Close() // there is nothing left to lose
	c.server.forget(c)
}

// hangUp has reading end.
func (c *connection) hangUp() {
	c.closed.Store(true)
	if s, is := c.net.(interface{ shut() }); is {
		s.shut() // closing is the reader's, who may be about to read
		return
	}
	_ = c.net.Close() // there is nothing left to lose
}

// advance heeds all frames of received, which begins with what was left before, that are whole. Error: why no more is read;
// wire.ConnectionError for what the client is told.
func (c *connection) advance(received []byte) error {
	if c.closed.Load() {
		return net.ErrClosed
	}
	c.now = time.Now()
	c.heard.Store(c.now.UnixNano())
	in := &c.input
	in.now = received
	if !c.greeted {
		if whole, err := c.greet(); !whole {
			in.keep()
			return err
		}
	}
	before, within := len(in.now), c.goesOn
	for in.whole() {
		frame, err := c.framer.ReadFrame()
		if err == nil {
			err = c.heed(frame)
		}
		if err := c.tell(err); err != nil {
			return err
		}
	}
	switch {
	case c.settled && len(in.now) == 0 && !c.goesOn:
		c.frameBegan.Store(0)
	case c.settled && (len(in.now) < before && !within || c.frameBegan.Load() == 0):
		c.frameBegan.Store(c.now.UnixNano())
	}
	in.keep()
	c.beginAll()
	return c.speak()
}

// speak has what the reader, who never waits for it, has to say written: along with an answer, if one was begun since, or else now. Clients of gRPC
// send a ping along with nearly every call; to answer it by a write of its own would cost as much as to send the answer.
func (c *connection) speak() error {
	if c.answering {
		c.answering = false
		return c.out.flushWithin(answerWithin)
	}
	return c.out.flushWithin(0)
}

// answerWithin is how long what the reader has to say waits for an answer to be sent along with.
const answerWithin = time.Millisecond

// greet reads how the client begins, and says what it may send. It reports false if that hasn't come whole.
func (c *connection) greet() (whole bool, err error) {
	said := c.input.now
	if n := min(len(said), len(wire.ClientPreface)); string(said[:n]) != wire.ClientPreface[:n] {
		return false, wire.ConnectionError(wire.ErrCodeProtocol)
	}
	if len(said) < len(wire.ClientPreface) {
		return false, nil
	}
	c.input.now, c.greeted = said[len(wire.ClientPreface):], true
	limits := c.server.limits
	return true, c.out.add(func(f *wire.Framer) {
		_ = f.WriteSettings(
			wire.Setting{ID: wire.SettingMaxConcurrentStreams, Val: limits.Streams},
			wire.Setting{ID: wire.SettingMaxHeaderListSize, Val: limits.Header},
			wire.Setting{ID: wire.SettingInitialWindowSize, Val: window},
		)
		_ = f.WriteWindowUpdate(0, window-initialWindow)
	})
}

// tell tells the client of an error that is about one stream, and returns any other.
func (c *connection) tell(err error) error {
	if err == nil {
		return nil
	}
	var broken wire.StreamError
	switch {
	case errors.Is(err, wire.ErrFrameTooLarge):
		return wire.ConnectionError(wire.ErrCodeFrameSize)
	case !errors.As(err, &broken):
		return err
	}
	c.mu.Lock()
	c.latest = max(c.latest, broken.StreamID) // of a stream that never was, no more is heard
	s := c.streams[broken.StreamID]
	if s != nil {
		s.reset(errReset)
	}
	c.mu.Unlock()
	return c.out.reset(s, broken.StreamID, broken.Code)
}

// giveUp tells the client what it did wrong.
func (c *connection) giveUp(code wire.ErrCode) {
	c.mu.Lock()
	last := c.latest
	if c.state >= left {
		last = c.last
	}
	c.mu.Unlock()
	if c.out.add(func(f *wire.Framer) { _ = f.WriteGoAway(last, code, nil) }) != nil || c.out.drain() != nil {
		return
	}
	if half, can := c.net.(interface{ CloseWrite() error }); can && half.CloseWrite() == nil {
		_ = c.net.SetReadDeadline(time.Now().Add(lingering)) // what the client still sends would have the reason thrown away
		_, _ = io.CopyN(io.Discard, c.net, window)
	}
}

// abandon ends what is under way: nobody waits for it any more.
func (c *connection) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.housekeeping.Stop()
	c.state = over
	for _, s := range c.streams {
		s.reset(net.ErrClosed)
	}
	clear(c.streams)
	c.widened.Broadcast()
}

// goAway tells the client to send no more requests over this connection. Those it has sent are answered; when it
// must know, and all are, the connection is closed.
func (c *connection) goAway() {
	c.mu.Lock()
	if c.state != open {
		c.mu.Unlock()
		return
	}
	c.change(leaving)
	c.mu.Unlock()
	if c.out.add(func(f *wire.Framer) {
		_ = f.WriteGoAway(largestWindow, wire.ErrCodeNo, nil)
		_ = f.WritePing(false, farewell)
	}) == nil {
		_ = c.out.flushWithin(0) // if that fails, so does reading
	}
}

// farewell is the ping whose answer says that a client has read that it is to go.
var farewell = [8]byte{'f', 'a', 'r', 'e', 'w', 'e', 'l', 'l'}

// understood is when a client knows that it is to go, or must know.
func (c *connection) understood() {
	c.mu.Lock()
	if c.state != leaving {
		c.mu.Unlock()
		return
	}
	c.change(left)
	last := c.latest
	c.last = last
	c.mu.Unlock()
	_ = c.out.add(func(f *wire.Framer) { _ = f.WriteGoAway(last, wire.ErrCodeNo, nil) }) // if that fails, so does reading
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endIfDone()
}

// change sets the state. The lock is held.
func (c *connection) change(state int) { c.state, c.since = state, time.Now() }

// endIfDone ends a connection that was left and has nothing left to answer. The lock is held.
func (c *connection) endIfDone() {
	if c.state != left || len(c.streams) > 0 {
		return
	}
	c.change(over)
	go func() { // writing may take its time
		if c.out.drain() != nil {
			return
		}
		if half, can := c.net.(interface{ CloseWrite() error }); can {
			_ = half.CloseWrite() // the client closes its side then, or housekeeping does
		}
	}()
}
