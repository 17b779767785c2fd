// Package admission decides which jobs are done now, which wait, which are done together, and which
// are told to come again. Without it every one of a crowd is answered late; with it those that are
// let in are answered nearly as fast as ever, and the others know at once.
package admission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrOverloaded is returned for a job that there is no place to wait for.
var ErrOverloaded = errors.New("more requests wait than can be answered in time; ask again later")

// Limits bound a Gate.
type Limits struct {
	Concurrency int // jobs, or batches of jobs, done at once; with 0 none is done
	Queue       int // jobs that wait; 0 for none
	Batch       int // jobs done together at most; at least 1
}

// A Gate does jobs: a bounded number at once, while a bounded number wait, in the order in which they
// came. Those that wait anyway are done together where they can be. It is safe for concurrent use.
type Gate[J any] struct {
	limits   Limits
	together func(first, other J) bool
	do       func(batch []J)

	mu      sync.Mutex
	running int
	waiting []*ticket[J]
}

// A ticket is a job that waits. Whoever takes it out of the queue sends one message.
type ticket[J any] struct {
	job  J
	turn chan bool // true: do it, and others with it; false: another did it
}

// New returns a gate that does jobs by do. together says whether a later job can be done with the
// first of a batch.
func New[J any](limits Limits, together func(first, other J) bool, do func(batch []J)) *Gate[J] {
	return &Gate[J]{limits: limits, together: together, do: do}
}

// Do does a job, perhaps with others, and returns when it is done. Errors: ErrOverloaded, or the
// context's if it ends while the job waits; then the job isn't done.
func (g *Gate[J]) Do(ctx context.Context, job J) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a turn: %w", err)
	}
	g.mu.Lock()
	if g.running < g.limits.Concurrency {
		g.running++
		g.mu.Unlock()
		g.run(job)
		return nil
	}
	if len(g.waiting) >= g.limits.Queue {
		g.mu.Unlock()
		return ErrOverloaded
	}
	own := &ticket[J]{job: job, turn: make(chan bool, 1)}
	g.waiting = append(g.waiting, own)
	g.mu.Unlock()
	select {
	case lead := <-own.turn:
		g.take(own, lead)
		return nil
	case <-ctx.Done():
	}
	if g.withdraw(own) {
		return fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
	g.take(own, <-own.turn) // it was taken out of the queue just before
	return nil
}

// Full says whether a job that came now would be turned away.
func (g *Gate[J]) Full() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running >= g.limits.Concurrency && len(g.waiting) >= g.limits.Queue
}

// take does a job if it has become its turn, and not if it has been done.
func (g *Gate[J]) take(own *ticket[J], lead bool) {
	if lead {
		g.run(own.job)
	}
}

// withdraw takes a ticket out of the queue, if it is still there.
func (g *Gate[J]) withdraw(own *ticket[J]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := len(g.waiting)
	g.waiting = slices.DeleteFunc(g.waiting, func(t *ticket[J]) bool { return t == own })
	return len(g.waiting) < before
}

// run does a job, with others that wait, and then gives its place to whoever waits.
func (g *Gate[J]) run(job J) {
	others := g.gather(job)
	defer func() {
		for _, other := range others {
			other.turn <- false
		}
		g.pass()
	}()
	batch := make([]J, 1, g.limits.Batch)
	batch[0] = job
	for _, other := range others {
		batch = append(batch, other.job)
	}
	g.do(batch)
}

// gather takes out of the queue what can be done together with a job.
func (g *Gate[J]) gather(job J) (others []*ticket[J]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(t *ticket[J]) bool {
		if len(others) >= g.limits.Batch-1 || !g.together(job, t.job) {
			return false
		}
		others = append(others, t)
		return true
	})
	return others
}

// pass gives a place to the first that waits, or frees it.
func (g *Gate[J]) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.running--
		return
	}
	first := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	first.turn <- true
}
