package http2

import (
	"context"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// A requestContext ends when its request's answer is made, or when nobody waits for that any more. Most handlers ask
// for nothing but whether it has ended; only for one that waits for the end is there something to wait for.
type requestContext struct {
	mu      sync.Mutex
	err     error
	watcher admission.Watcher // nil if nobody waits so
	inner   context.Context   // ends with this one; nil until somebody waits for that
	cancel  context.CancelFunc
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

// Watch has somebody told when the context ends.
func (c *requestContext) Watch(by admission.Watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		by.Gone()
		return
	}
	c.watcher = by
}

// Unwatch has it told no more.
func (c *requestContext) Unwatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watcher = nil
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
	if c.watcher != nil {
		c.watcher.Gone()
	}
	if c.cancel != nil {
		c.cancel()
	}
}

// forget makes it another request's context, which hasn't ended.
func (c *requestContext) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.watcher, c.inner, c.cancel = nil, nil, nil, nil
}
