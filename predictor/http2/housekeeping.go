package http2

import (
	"os"
	"time"

	wire "golang.org/x/net/http2"
)

// tick is how often a connection's limits are looked at.
func (c *connection) tick() time.Duration {
	l := c.server.limits
	return min(time.Second, l.Frame/4, l.Request/4, l.Write/4, l.Idle/4, l.Ping/4, l.Pong/4)
}

// keepHouse looks whether a client takes more time than it may, and looks again after a while.
func (c *connection) keepHouse() {
	now := time.Now()
	if began := c.frameBegan.Load(); began != 0 && now.Sub(time.Unix(0, began)) > c.server.limits.Frame {
		c.hangUp()
		return
	}
	ask, leave, hangUp, late := c.look(now)
	switch {
	case hangUp:
		c.hangUp()
		return
	case leave:
		c.goAway()
	case ask:
		_ = c.out.add(func(f *wire.Framer) { _ = f.WritePing(false, [8]byte{}) }) // if that fails, so does reading
	}
	for _, s := range late {
		_ = c.out.reset(s, s.id, wire.ErrCodeInternal)
	}
	if ask || len(late) > 0 {
		_ = c.out.flush()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.ended:
	default:
		c.housekeeping.Reset(c.tick())
	}
}

// look returns what is to be done about a client: ask whether it is there, tell it to go, hang up; and streams
// whose answers took too long.
func (c *connection) look(now time.Time) (ask, leave, hangUp bool, late []*stream) {
	limits := c.server.limits
	c.mu.Lock()
	for _, s := range c.streams {
		if !s.received && !s.readBy.IsZero() && now.After(s.readBy) {
			s.body.finish(os.ErrDeadlineExceeded)
		}
		if !s.writeBy.IsZero() && now.After(s.writeBy) {
			s.reset(os.ErrDeadlineExceeded)
			late = append(late, s)
		}
	}
	state, idle := c.state, now.Sub(c.since)
	silent := now.Sub(time.Unix(0, c.heard.Load()))
	if c.pinged.IsZero() && silent > limits.Ping {
		c.pinged, ask = now, true
	}
	hangUp = !c.pinged.IsZero() && silent > limits.Ping && now.Sub(c.pinged) > limits.Pong || state == over && idle > lingering
	leave = state == open && len(c.streams) == 0 && idle > limits.Idle
	c.mu.Unlock()
	if state == leaving && idle > lingering {
		c.understood()
	}
	return ask, leave, hangUp, late
}
