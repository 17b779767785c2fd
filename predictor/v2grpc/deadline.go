package v2grpc

import (
	"context"
	"sync"
	"time"
)

// A deadlined is a call's context that ends when its client waits no longer. Most calls are answered before anybody waits
// for that end: only then is there a timer.
type deadlined struct {
	context.Context // of the request
	deadline        time.Time

	mu     sync.Mutex
	inner  context.Context // ends with this one; nil until somebody waits
	cancel context.CancelFunc
}

// Deadline returns when the client waits no longer.
func (d *deadlined) Deadline() (deadline time.Time, has bool) { return d.deadline, true }

// Done returns a channel that is closed when the context ends.
func (d *deadlined) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inner == nil {
		d.inner, d.cancel = context.WithDeadline(d.Context, d.deadline)
	}
	return d.inner.Done()
}

// Err says why the context has ended, if it has.
func (d *deadlined) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inner != nil {
		return d.inner.Err()
	}
	if err := d.Context.Err(); err != nil {
		return err
	}
	if !time.Now().Before(d.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// Value returns what the request's context holds, and what contexts made of this one look for in it.
func (d *deadlined) Value(key any) any {
	d.mu.Lock()
	inner := d.inner
	d.mu.Unlock()
	if inner != nil {
		return inner.Value(key)
	}
	return d.Context.Value(key)
}

// end gives back what waiting took, when the call is answered.
func (d *deadlined) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel != nil {
		d.cancel()
	}
}
