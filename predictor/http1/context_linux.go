package http1

import (
	"context"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// leaveAfter is how long a client is taken for one that waits though it said, along with its request, that no more will come:
// one that left at once isn't told from one that only has no more to ask.
const leaveAfter = 2 * time.Millisecond

// A requestContext ends when its request's answer is made, or when the client goes away. It is another request's afterwards.
type requestContext struct {
	arrived time.Time

	mu         sync.Mutex
	connection *connection
	watcher    admission.Watcher // nil if nobody waits so
	done       chan struct{}     // closed when the context ends; nil until somebody waits for that
	err        error
}

// begin makes it the context of the request that a connection has received.
func (c *requestContext) begin(of *connection, arrived time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connection, c.arrived, c.watcher, c.done, c.err = of, arrived, nil, nil, nil
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

// Done returns a channel that is closed when the context ends.
func (c *requestContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.err != nil {
			close(c.done)
		}
		c.expectEnd()
	}
	return c.done
}

// Watch has somebody told when the context ends.
func (c *requestContext) Watch(by admission.Watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		by.Gone()
		return
	}
	c.watcher = by
	c.expectEnd()
}

// Unwatch has it told no more.
func (c *requestContext) Unwatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watcher = nil
}

// expectEnd ends the context soon if the client has closed its side. The lock is held.
func (c *requestContext) expectEnd() {
	if c.err == nil && c.connection.gone.Load() {
		left := c.connection
		time.AfterFunc(leaveAfter, func() { c.end(left) })
	}
}

// end ends the context if it is that of a request of a connection still.
func (c *requestContext) end(of *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connection != of || c.err != nil {
		return
	}
	c.err = context.Canceled
	if c.watcher != nil {
		c.watcher.Gone()
	}
	if c.done != nil {
		close(c.done)
	}
}
