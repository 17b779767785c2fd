// Package admission decides which requests are answered now, which wait, which are answered along with
// another, and which are told to come again. Without it every one of a crowd is answered late; with it
// those that are let in are answered nearly as fast as ever, and the others know at once.
package admission

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// ErrOverloaded is returned to whom there is no place to wait for.
var ErrOverloaded = errors.New("more requests wait than can be answered in time; ask again later")

// A Gate lets a bounded number in at once, while a bounded number wait, in the order in which they came,
// each with a job. Who is in may do jobs of those that wait along with its own. It is safe for concurrent use.
type Gate[J any] struct {
	concurrency, queue int

	mu      sync.Mutex
	inside  int
	waiting []*ticket[J]
}

// A ticket is somebody who waits. Whoever takes it out of the queue sends one message.
type ticket[J any] struct {
	job  J
	turn chan bool // whether its owner is let in; else another has seen to the job
}

// NewGate returns a gate that lets concurrency in at once, with 0 none, while queue wait.
func NewGate[J any](concurrency, queue int) *Gate[J] {
	return &Gate[J]{concurrency: concurrency, queue: queue}
}

// Enter returns when the caller is let in, who leaves when done, or when another has seen to its job. Errors:
// ErrOverloaded, or the context's if it ends before either; then nobody has looked at the job.
func (g *Gate[J]) Enter(ctx context.Context, job J) (in bool, err error) {
	if in, err = g.enter(ctx, job); in {
		// Others whose requests have arrived get to ask, too, and learn whether there is a place. Without this a
		// core that is never idle would serve one after the other, and the crowd would wait where nobody counts it.
		runtime.Gosched()
	}
	return in, err
}

func (g *Gate[J]) enter(ctx context.Context, job J) (in bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("wait for a turn: %w", err)
	}
	g.mu.Lock()
	if g.inside < g.concurrency {
		g.inside++
		g.mu.Unlock()
		return true, nil
	}
	if len(g.waiting) >= g.queue {
		g.mu.Unlock()
		return false, ErrOverloaded
	}
	own := &ticket[J]{job, make(chan bool, 1)}
	g.waiting = append(g.waiting, own)
	g.mu.Unlock()
	select {
	case in := <-own.turn:
		return in, nil
	case <-ctx.Done():
	}
	if !g.withdraw(own) {
		if in := <-own.turn; !in {
			return false, nil // another was at the job already
		}
		g.Leave() // its turn came just before
	}
	return false, fmt.Errorf("wait for a turn: %w", ctx.Err())
}

// Along has the caller, who is in, do jobs of those that wait, at most so many of those that join: do gets
// them, perhaps none, and when it returns, even by a panic, they have been seen to.
func (g *Gate[J]) Along(most int, joins func(J) bool, do func(jobs []J)) {
	var jobs []J
	taken := g.take(most, joins)
	for _, t := range taken {
		jobs = append(jobs, t.job)
	}
	defer func() {
		for _, t := range taken {
			t.turn <- false
		}
	}()
	do(jobs)
}

// take takes those out of the queue who wait with jobs that join.
func (g *Gate[J]) take(most int, joins func(J) bool) (taken []*ticket[J]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = slices.DeleteFunc(g.waiting, func(t *ticket[J]) bool {
		if len(taken) == most || !joins(t.job) {
			return false
		}
		taken = append(taken, t)
		return true
	})
	return taken
}

// Leave gives the caller's place to the first that waits, or frees it.
func (g *Gate[J]) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.inside--
		return
	}
	g.waiting[0].turn <- true
	g.waiting = slices.Delete(g.waiting, 0, 1)
}

// Full says whether one that came now would be turned away.
func (g *Gate[J]) Full() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside >= g.concurrency && len(g.waiting) >= g.queue
}

// withdraw takes one out of the queue, if it is still there.
func (g *Gate[J]) withdraw(own *ticket[J]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, own)
	if at < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, at, at+1)
	return true
}
