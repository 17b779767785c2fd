package http2

import (
	"io"
	"slices"
	"time"

	wire "golang.org/x/net/http2"
)

// heed does what a frame asks for. Errors: wire.StreamError, wire.ConnectionError, and those of writing.
func (c *connection) heed(frame wire.Frame) error {
	if _, is := frame.(*wire.SettingsFrame); !is && !c.settled {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	switch frame := frame.(type) {
	case *wire.HeadersFrame:
		return c.heedFields(c.heads.read(frame))
	case *wire.ContinuationFrame: // of a head: the framer lets no other pass
		return c.heedFields(c.heads.readOn(frame))
	case *wire.DataFrame:
		return c.heedData(frame)
	case *wire.SettingsFrame:
		return c.heedSettings(frame)
	case *wire.WindowUpdateFrame:
		return c.heedWindow(frame)
	case *wire.PingFrame:
		return c.heedPing(frame)
	case *wire.RSTStreamFrame:
		return c.heedReset(frame)
	case *wire.GoAwayFrame:
		c.goAway()
	case *wire.PriorityFrame:
		if frame.StreamDep == frame.StreamID {
			return wire.StreamError{StreamID: frame.StreamID, Code: wire.ErrCodeProtocol}
		}
	case *wire.PushPromiseFrame:
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	return nil
}

// heedFields heeds a head, unless it goes on; or why it can't be read.
func (c *connection) heedFields(h *head, err error) error {
	if c.goesOn = h == nil && err == nil; c.goesOn {
		return nil
	}
	defer c.heads.forget()
	if err != nil {
		return err
	}
	return c.heedHead(h)
}

// heedHead begins a request, or ends one whose body is followed by trailers.
func (c *connection) heedHead(h *head) error {
	id := h.id
	c.mu.Lock()
	s, state, latest := c.streams[id], c.state, c.latest
	closed := s == nil && id <= latest || s != nil && (s.received || s.dead)
	c.mu.Unlock()
	switch {
	case id%2 == 0, h.onItself:
		return wire.ConnectionError(wire.ErrCodeProtocol)
	case closed:
		return wire.ConnectionError(wire.ErrCodeStreamClosed)
	case s != nil:
		if h.seen != 0 || !h.last {
			return wire.StreamError{StreamID: id, Code: wire.ErrCodeProtocol}
		}
		return c.received(s)
	case state == left, state == over: // the client knows that it isn't answered
		c.mu.Lock()
		defer c.mu.Unlock()
		c.latest = id
		return nil
	}
	return c.begin(h)
}

// begin takes a request.
func (c *connection) begin(h *head) error {
	s, err := c.newStream(h)
	c.mu.Lock()
	c.latest = h.id
	if err == nil && (uint32(len(c.streams)) >= c.server.limits.Streams || c.running >= c.server.limits.Streams) {
		err = wire.StreamError{StreamID: h.id, Code: wire.ErrCodeRefusedStream}
	}
	if err == nil {
		s.sendable = c.initial
		s.received = h.last
		c.streams[s.id] = s
	}
	c.mu.Unlock()
	switch {
	case err != nil:
		return err
	case h.last:
		if s.lacks > 0 {
			return wire.StreamError{StreamID: s.id, Code: wire.ErrCodeProtocol}
		}
		c.start(s)
	default:
		c.begun = append(c.begun, s)
	}
	return nil
}

// received is when a request has come whole.
func (c *connection) received(s *stream) error {
	if s.lacks > 0 {
		return wire.StreamError{StreamID: s.id, Code: wire.ErrCodeProtocol}
	}
	c.mu.Lock()
	s.received = true
	c.mu.Unlock()
	s.body.finish(io.EOF)
	c.start(s)
	return nil
}

// beginAll has requests answered of which nothing more has come yet.
func (c *connection) beginAll() {
	all := c.begun
	c.begun = all[:0]
	for _, s := range all {
		c.start(s)
	}
	clear(all)
}

// start has a request answered, unless it is already. The stream may be another's afterwards.
func (c *connection) start(s *stream) {
	if at := slices.Index(c.begun, s); at >= 0 {
		c.begun = slices.Delete(c.begun, at, at+1)
	}
	c.mu.Lock()
	again := s.started
	s.started, s.atOnce = true, s.received && !again
	if !again {
		c.running++
	}
	c.mu.Unlock()
	if again {
		return
	}
	c.answering = true
	c.server.workers.Give(s)
}

// heedData adds to a request's body.
func (c *connection) heedData(frame *wire.DataFrame) error {
	id, size := frame.StreamID, int(frame.Length)
	data := frame.Data()
	c.mu.Lock()
	s := c.streams[id]
	idle := id > c.latest
	c.receivable -= size
	beyond := c.receivable < 0
	closed := s == nil || s.received || s.dead
	beyondStream := false
	credit := 0
	if closed {
		credit = c.doneWith(size)
	} else {
		s.receivable -= size
		beyondStream = s.receivable < 0
		credit = c.doneWith(size - len(data)) // padding is nobody's
	}
	c.mu.Unlock()
	c.widen(0, credit)
	switch {
	case idle:
		return wire.ConnectionError(wire.ErrCodeProtocol)
	case beyond:
		return wire.ConnectionError(wire.ErrCodeFlowControl)
	case closed:
		return wire.StreamError{StreamID: id, Code: wire.ErrCodeStreamClosed}
	case beyondStream:
		return wire.StreamError{StreamID: id, Code: wire.ErrCodeFlowControl}
	}
	return c.take(s, data, frame.StreamEnded(), size-len(data))
}

// take adds data to a body, and padding to what the client may send again.
func (c *connection) take(s *stream, data []byte, ended bool, padding int) error {
	if s.lacks >= 0 {
		if s.lacks -= int64(len(data)); s.lacks < 0 {
			return wire.StreamError{StreamID: s.id, Code: wire.ErrCodeProtocol}
		}
	}
	if !s.body.add(data) {
		c.mu.Lock()
		credit := c.doneWith(len(data))
		c.mu.Unlock()
		c.widen(0, credit)
	}
	if ended {
		return c.received(s)
	}
	if padding > 0 {
		c.readMore(s, 0, padding)
	}
	return nil
}

// doneWith counts bytes that the client may send again, and returns how many it is to be told of, if any. The
// lock is held.
func (c *connection) doneWith(bytes int) (credit int) {
	if c.done += bytes; c.done < window/2 {
		return 0
	}
	credit, c.done = c.done, 0
	c.receivable += credit
	return credit
}

// widen lets a client send more: on a stream, or in all if that is 0.
func (c *connection) widen(id uint32, credit int) {
	if credit > 0 {
		_ = c.out.add(func(f *wire.Framer) { _ = f.WriteWindowUpdate(id, uint32(credit)) }) // if that fails, so does reading
	}
}

// readMore lets a client send more, after so much of a body was read; on its stream, as much as told.
func (c *connection) readMore(s *stream, read, told int) {
	c.mu.Lock()
	credit := c.doneWith(read)
	s.receivable += told
	c.mu.Unlock()
	c.widen(0, credit)
	c.widen(s.id, told)
	if credit > 0 || told > 0 {
		_ = c.out.flush() // if that fails, so does reading
	}
}

// heedSettings heeds how a client wants to be answered.
func (c *connection) heedSettings(frame *wire.SettingsFrame) error {
	if frame.IsAck() {
		return nil
	}
	if frame.NumSettings() > maxSettings {
		return wire.ConnectionError(wire.ErrCodeEnhanceYourCalm)
	}
	if err := frame.ForeachSetting(c.heedSetting); err != nil {
		return err
	}
	c.settled = true
	return c.out.add(func(f *wire.Framer) { _ = f.WriteSettingsAck() })
}

// maxSettings is how many settings a frame may have: there are a handful.
const maxSettings = 100

func (c *connection) heedSetting(setting wire.Setting) error {
	if err := setting.Valid(); err != nil {
		return err
	}
	switch setting.ID {
	case wire.SettingHeaderTableSize:
		c.out.limitTable(min(setting.Val, tableSize))
	case wire.SettingMaxFrameSize:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.frame = min(int(setting.Val), largestFrame)
	case wire.SettingInitialWindowSize:
		c.mu.Lock()
		defer c.mu.Unlock()
		wider := int(setting.Val) - c.initial
		c.initial = int(setting.Val)
		for _, s := range c.streams {
			if s.sendable += wider; s.sendable > largestWindow {
				return wire.ConnectionError(wire.ErrCodeFlowControl)
			}
		}
		c.widened.Broadcast()
	}
	return nil
}

// largestFrame is how long a frame is made at most, though a client may take longer ones, in bytes.
const largestFrame = 64 << 10

// heedWindow lets more be sent.
func (c *connection) heedWindow(frame *wire.WindowUpdateFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if frame.StreamID == 0 {
		if c.sendable += int(frame.Increment); c.sendable > largestWindow {
			return wire.ConnectionError(wire.ErrCodeFlowControl)
		}
		c.widened.Broadcast()
		return nil
	}
	s := c.streams[frame.StreamID]
	switch {
	case s != nil:
		if s.sendable += int(frame.Increment); s.sendable > largestWindow {
			return wire.StreamError{StreamID: s.id, Code: wire.ErrCodeFlowControl}
		}
		c.widened.Broadcast()
	case frame.StreamID > c.latest:
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	return nil
}

// heedPing answers that we are there, or notes that the client is.
func (c *connection) heedPing(frame *wire.PingFrame) error {
	if !frame.IsAck() {
		data := frame.Data
		return c.out.add(func(f *wire.Framer) { _ = f.WritePing(true, data) })
	}
	if frame.Data == farewell {
		c.understood()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pinged = time.Time{}
	return nil
}

// heedReset gives a request up that its client doesn't want answered.
func (c *connection) heedReset(frame *wire.RSTStreamFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if frame.StreamID > c.latest {
		return wire.ConnectionError(wire.ErrCodeProtocol)
	}
	if s := c.streams[frame.StreamID]; s != nil {
		s.reset(errReset)
	}
	return nil
}
