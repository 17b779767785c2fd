package http1

import (
	"context"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// watchAfter is how long somebody must wait for a request's end before its client is watched: a request that
// is answered soon needs no watching.
const watchAfter = 2 * time.Millisecond

// A requestContext ends when its request's answer is finished, or when the client goes away.
type requestContext struct {
	connection *connection
	arrived    time.Time

	mu      sync.Mutex
	gone    chan struct{} // closed when the context ends; nil until somebody waits
	waiting *time.Timer   // until watching begins; nil until somebody waits
	watched chan struct{} // closed when watching has ended
	err     error
}

// Deadline says that there is none.
func (*requestContext) Deadline() (deadline time.Time, has bool) { return time.Time{}, false }

// Value returns when the request arrived to whom asks for that.
func (c *requestContext) Value(key any) any {
	if key == (admission.ArrivalKey{}) {
		return &c.arrived
	}
	return nil
}

// Err says why the context has ended, if it has.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Done returns a channel that is closed when the context ends. The client will be watched.
func (c *requestContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone == nil {
		c.gone = make(chan struct{})
		if c.err != nil {
			close(c.gone)
			return c.gone
		}
		c.watched = make(chan struct{})
		c.waiting = time.AfterFunc(watchAfter, c.watch)
	}
	return c.gone
}

// watch reads from the connection, whose buffer is its alone until it ends: either the client goes away,
// or it sends its next request, or the request is finished.
func (c *requestContext) watch() {
	defer close(c.watched)
	if c.connection.readOn() {
		c.end()
	}
}

// end ends the context.
func (c *requestContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = context.Canceled
	if c.gone != nil {
		close(c.gone)
	}
}

// finish ends the context when its request is answered; afterwards nobody watches any more.
func (c *requestContext) finish() {
	c.end()
	c.mu.Lock()
	waiting := c.waiting
	c.mu.Unlock()
	if waiting != nil && !waiting.Stop() {
		c.connection.interrupt()
		<-c.watched
	}
}
