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
	"time"
)

// ErrOverloaded is returned to whom there is no place to wait for.
var ErrOverloaded = errors.New("more requests wait than can be answered in time; ask again later")

// ErrLate is the ErrOverloaded of who has waited too long.
var ErrLate = fmt.Errorf("too long a wait: %w", ErrOverloaded)

// A Gate lets a bounded number in at once, while a bounded number wait, for a bounded time, in the order in which
// they came, each with a job. Who is in may do jobs of those that wait along with its own. It is safe for concurrent use.
type Gate[J any] struct {
	concurrency, queue int

	mu       sync.Mutex
	patience patience
	inside   int
	waiting  []*ticket[J]
	spare    []*ticket[J] // of those who wait no longer
}

// A ticket is somebody who waits. Whoever takes it out of the queue sends one message.
type ticket[J any] struct {
	job     J
	arrived time.Time
	turn    chan turn
}

// A turn is why somebody waits no longer.
type turn int

const (
	letIn   turn = iota
	seenTo       // another has seen to the job
	tooLate      // the wait was too long
)

// NewGate returns a gate that lets concurrency in at once, with 0 none, while queue wait. Where requests keep
// waiting, those that have waited for more than wait, or than four turns where these take longer, are refused; 0 for no
// such bound. How long one has waited is counted from its arrival, which its context may know (ArrivalKey).
func NewGate[J any](concurrency, queue int, wait time.Duration) *Gate[J] {
	return &Gate[J]{concurrency: concurrency, queue: queue, patience: newPatience(concurrency, wait)}
}

// Refuses returns why a request that arrived at a time would be refused now: ErrLate, ErrOverloaded, or nil. Then it is
// expected to Enter. None of those that are late is spared: who asks sees to it that there are others.
func (g *Gate[J]) Refuses(arrived time.Time) (why error) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.full():
		why = ErrOverloaded
	case g.patience.exceeded(now.Sub(arrived)):
		why = ErrLate
	default:
		return nil // and counted when it enters
	}
	g.patience.count(now, 0, true) // one that comes to Enter late, and is refused there, would say that refusing is in vain
	return why
}

// Enter returns when the caller is let in, who leaves when done, or when another has seen to its job. Errors:
// ErrOverloaded, ErrLate among them, or the context's if it ends before either; then nobody has looked at the job.
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
	own, err := g.queueUp(ctx, job)
	switch {
	case err != nil:
		return false, err
	case own == nil:
		return true, nil
	}
	defer g.giveBack(own)
	select {
	case came := <-own.turn:
		return came.outcome()
	case <-ctx.Done():
	}
	if !g.withdraw(own) {
		if came := <-own.turn; came != letIn {
			return came.outcome() // such as that another was at the job already
		}
		g.Leave() // its turn came just before
	}
	return false, fmt.Errorf("wait for a turn: %w", ctx.Err())
}

// queueUp lets the caller in, if there is a place, or gives it a ticket. Error: ErrOverloaded.
func (g *Gate[J]) queueUp(ctx context.Context, job J) (*ticket[J], error) {
	now := time.Now()
	arrived := arrival(ctx, now)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.inside < g.concurrency:
		if g.patience.tooLong(now, now.Sub(arrived)) {
			return nil, ErrLate
		}
		g.inside++
		return nil, nil
	case g.full():
		g.patience.count(now, now.Sub(arrived), true)
		return nil, ErrOverloaded
	}
	own := g.newTicket()
	own.job, own.arrived = job, arrived
	g.waiting = append(g.waiting, own)
	return own, nil
}

// newTicket returns a ticket that nobody has.
func (g *Gate[J]) newTicket() *ticket[J] {
	last := len(g.spare) - 1
	if last < 0 {
		return &ticket[J]{turn: make(chan turn, 1)}
	}
	own := g.spare[last]
	g.spare = g.spare[:last]
	return own
}

// giveBack takes a ticket back that is out of the queue, and whose message, if there was one, was received.
func (g *Gate[J]) giveBack(own *ticket[J]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*own = ticket[J]{turn: own.turn}
	g.spare = append(g.spare, own)
}

// outcome is what Enter returns of a turn.
func (t turn) outcome() (entered bool, err error) {
	if t == tooLate {
		return false, ErrLate
	}
	return t == letIn, nil
}

// Along has the caller, who is in, do jobs of those that wait, at most so many of those that join: do gets
// them, perhaps none, and when it returns, even by a panic, they have been seen to.
func (g *Gate[J]) Along(most int, joins func(J) bool, do func(jobs []J)) {
	var jobs []J
	taken := g.take(most, joins)
	for _, t := range taken {
		jobs = append(jobs, t.job)
	}
	began := time.Now()
	defer func() {
		for _, t := range taken {
			t.turn <- seenTo
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.patience.turned(time.Since(began))
	}()
	do(jobs)
}

// take takes those out of the queue who wait with jobs that join.
func (g *Gate[J]) take(most int, joins func(J) bool) (taken []*ticket[J]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		return nil
	}
	now := time.Now()
	g.waiting = slices.DeleteFunc(g.waiting, func(t *ticket[J]) bool {
		if len(taken) == most || !joins(t.job) {
			return false
		}
		if !g.refuse(t, now) {
			taken = append(taken, t)
		}
		return true
	})
	return taken
}

// refuse tells who is taken out of the queue if it has waited too long, and reports whether it has.
func (g *Gate[J]) refuse(t *ticket[J], now time.Time) bool {
	if !g.patience.tooLong(now, now.Sub(t.arrived)) {
		return false
	}
	t.turn <- tooLate
	return true
}

// Leave gives the caller's place to the first that waits and hasn't waited too long, or frees it.
func (g *Gate[J]) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for len(g.waiting) > 0 {
		first := g.waiting[0]
		g.waiting = slices.Delete(g.waiting, 0, 1)
		if !g.refuse(first, now) {
			first.turn <- letIn
			return
		}
	}
	g.inside--
}

// Full says whether one that comes now finds no place; it is expected to go, then, and not to Enter.
func (g *Gate[J]) Full() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	full := g.full()
	if full {
		g.patience.count(time.Now(), 0, true)
	}
	return full
}

func (g *Gate[J]) full() bool { return g.inside >= g.concurrency && len(g.waiting) >= g.queue }

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
