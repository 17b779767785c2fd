package http2

import (
	"bufio"
	"bytes"
	"encoding/binary"
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
	// bufferSize is how many bytes a connection reads at once.
	bufferSize = 4 << 10
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
	reader *bufio.Reader
	framer *wire.Framer // of what is read
	heads  *headReader
	out    *output
	jobs   chan *stream  // for workers that wait
	ended  chan struct{} // closed when nothing more is read
	idlers atomic.Int32  // workers that wait, or are about to

	frameBegan atomic.Int64 // when the frame that is being read did, in nanoseconds of Unix; 0 for none
	heard      atomic.Int64 // when the last began

	// Of the reader alone.
	begun     []*stream // whose handler isn't called yet, in order; some may be answered or reset
	answering bool      // a handler was called since something was said
	settled   bool      // the client has sent its settings

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
		jobs: make(chan *stream), ended: make(chan struct{}), streams: map[uint32]*stream{}, since: time.Now(),
		receivable: window, sendable: initialWindow, initial: initialWindow, frame: frameSize,
	}
	c.widened.L = &c.mu
	c.reader = bufio.NewReaderSize(from, bufferSize)
	c.framer = wire.NewFramer(nil, c.reader)
	c.framer.SetMaxReadFrameSize(frameSize)
	c.framer.SetReuseFrames()
	c.heads = newHeadReader(s.limits.Header)
	return c
}

// serve answers requests until there are no more.
func (c *connection) serve() {
	c.mu.Lock()
	c.housekeeping = time.AfterFunc(c.tick(), c.keepHouse)
	c.mu.Unlock()
	err := c.read()
	close(c.ended)
	var broken wire.ConnectionError
	if errors.As(err, &broken) {
		c.giveUp(wire.ErrCode(broken))
	}
	c.abandon()
	_ = c.net.Close() // there is nothing left to lose
}

// read reads frames until there are no more. Error: why; wire.ConnectionError for what the client is told.
func (c *connection) read() error {
	c.frameBegan.Store(time.Now().UnixNano())
	preface := make([]byte, len(wire.ClientPreface))
	if _, err := io.ReadFull(c.reader, preface); err != nil {
		return err
	}
	if !bytes.Equal(preface, []byte(wire.ClientPreface)) {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	if err := c.greet(); err != nil {
		return err
	}
	for {
		if c.wouldWait() {
			c.beginAll()
			if err := c.speak(); err != nil {
				return err
			}
		}
		if c.settled {
			c.frameBegan.Store(0)
		}
		if _, err := c.reader.Peek(1); err != nil {
			return err
		}
		now := time.Now().UnixNano()
		c.frameBegan.Store(now)
		c.heard.Store(now)
		frame, err := c.framer.ReadFrame()
		if err == nil {
			err = c.heed(frame)
		}
		if err := c.tell(err); err != nil {
			return err
		}
	}
}

// speak has what the reader has to say written: along with an answer, if one was begun since, or else now. Clients of gRPC
// send a ping along with nearly every call; to answer it by a write of its own would cost as much as to send the answer.
func (c *connection) speak() error {
	if c.answering {
		c.answering = false
		return c.out.flushWithin(answerWithin)
	}
	return c.out.flush()
}

// answerWithin is how long what the reader has to say waits for an answer to be sent along with.
const answerWithin = time.Millisecond

// greet says what the client may send.
func (c *connection) greet() error {
	limits := c.server.limits
	return c.out.add(func(f *wire.Framer) {
		_ = f.WriteSettings(
			wire.Setting{ID: wire.SettingMaxConcurrentStreams, Val: limits.Streams},
			wire.Setting{ID: wire.SettingMaxHeaderListSize, Val: limits.Header},
			wire.Setting{ID: wire.SettingInitialWindowSize, Val: window},
		)
		_ = f.WriteWindowUpdate(0, window-initialWindow)
	})
}

// wouldWait says whether the next frame hasn't come whole.
func (c *connection) wouldWait() bool {
	const head = 9
	if c.reader.Buffered() < head {
		return true
	}
	begin, err := c.reader.Peek(head)
	return err != nil || c.reader.Buffered() < head+int(binary.BigEndian.Uint32(begin)>>8)
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
		_ = c.out.flush() // if that fails, so does reading
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
