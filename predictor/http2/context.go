package http2

import (
	"context"
	"sync"
	"time"
)

// A requestContext ends when its request's answer is made, or when nobody waits for that any more. Most handlers ask
// for nothing but whether it has ended; only for one that waits for the end is there something to wait for.
type requestContext struct {
	mu     sync.Mutex
	err    error
	inner  context.Context // ends with this one; nil until somebody waits
	cancel context.CancelFunc
}

// Deadline says that there is none.
func (*requestContext) Deadline() (deadline time.Time, has bool) { return time.Time{}, false }

// Done returns a channel that is closed when the context ends.
func (c *requestContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithCancel(context.Background())
		if c.err != nil {
			c.cancel()
		}
	}
	return c.inner.Done()
}

// Err says why the context has ended, if it has.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value returns what contexts made of this one look for in it, so that none of them needs a goroutine to learn of its end.
func (c *requestContext) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		return nil
	}
	return c.inner.Value(key)
}

// end ends the context.
func (c *requestContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = context.Canceled
	if c.cancel != nil {
		c.cancel()
	}
}

// forget makes it another request's context, which hasn't ended.
func (c *requestContext) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.inner, c.cancel = nil, nil, nil
}
