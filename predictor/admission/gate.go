// Package admission decides which requests are scored now, which wait, and which are told to come
// again. Without it every request of a crowd is answered late; with it those that are let in are
// answered as fast as ever, and the others know at once.
package admission

import (
	"context"
	"errors"
	"fmt"
)

// ErrOverloaded is returned to a request for which there is no place to wait.
var ErrOverloaded = errors.New("more requests wait than can be answered in time; ask again later")

// A Gate lets a bounded number of requests score at once and a bounded number wait for their turn. A
// nil Gate lets everybody in. It is safe for concurrent use.
type Gate struct {
	places  chan struct{} // one for each request that scores or waits
	scoring chan struct{} // one for each request that scores
}

// NewGate returns a gate for concurrency requests that score and queue that wait. Both must be
// positive, or 0 for queue.
func NewGate(concurrency, queue int) *Gate {
	return &Gate{places: make(chan struct{}, concurrency+queue), scoring: make(chan struct{}, concurrency)}
}

// Enter waits for a turn. The caller calls leave when it has scored. Errors: ErrOverloaded, or the
// context's if it ends first.
func (g *Gate) Enter(ctx context.Context) (leave func(), err error) {
	if g == nil {
		return func() {}, nil
	}
	select {
	case g.places <- struct{}{}:
	default:
		return nil, ErrOverloaded
	}
	select {
	case g.scoring <- struct{}{}:
		return g.leave, nil
	case <-ctx.Done():
		<-g.places
		return nil, fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
}

func (g *Gate) leave() {
	<-g.scoring
	<-g.places
}

// Waiting returns how many requests wait for their turn now.
func (g *Gate) Waiting() int {
	if g == nil {
		return 0
	}
	return max(0, len(g.places)-len(g.scoring))
}
