// Package admission decides which requests are answered now, which wait, and which are told to come
// again. Without it every one of a crowd is answered late; with it those that are let in are answered
// nearly as fast as ever, and the others know at once.
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

// A Gate lets a bounded number in at once, while a bounded number wait, in the order in which they came.
// It is safe for concurrent use.
type Gate struct {
	concurrency, queue int

	mu      sync.Mutex
	inside  int
	waiting []chan struct{} // each closed when its turn comes
}

// NewGate returns a gate that lets concurrency in at once, with 0 none, while queue wait.
func NewGate(concurrency, queue int) *Gate { return &Gate{concurrency: concurrency, queue: queue} }

// Enter returns when the caller is let in, who leaves when done. Errors: ErrOverloaded, or the context's
// if it ends before; then the caller isn't let in.
func (g *Gate) Enter(ctx context.Context) error {
	if err := g.enter(ctx); err != nil {
		return err
	}
	// Others whose requests have arrived get to ask, too, and learn whether there is a place. Without this a
	// core that is never idle would serve one after the other, and the crowd would wait where nobody counts it.
	runtime.Gosched()
	return nil
}

func (g *Gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a turn: %w", err)
	}
	g.mu.Lock()
	if g.inside < g.concurrency {
		g.inside++
		g.mu.Unlock()
		return nil
	}
	if len(g.waiting) >= g.queue {
		g.mu.Unlock()
		return ErrOverloaded
	}
	turn := make(chan struct{})
	g.waiting = append(g.waiting, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	if !g.withdraw(turn) { // its turn came just before
		g.Leave()
	}
	return fmt.Errorf("wait for a turn: %w", ctx.Err())
}

// Leave gives the caller's place to the first that waits, or frees it.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.inside--
		return
	}
	close(g.waiting[0])
	g.waiting = slices.Delete(g.waiting, 0, 1)
}

// Full says whether one that came now would be turned away.
func (g *Gate) Full() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside >= g.concurrency && len(g.waiting) >= g.queue
}

// withdraw takes one out of the queue, if it is still there.
func (g *Gate) withdraw(turn chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, turn)
	if at < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, at, at+1)
	return true
}
