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
	empty    []*group[J]  // whose members have been seen to
}

// A ticket is somebody who waits. Whoever takes it out of the queue sends one message.
type ticket[J any] struct {
	gate    *Gate[J]
	job     J
	arrived time.Time
	turn    chan turn
}

// A group is those whose jobs are done along with another's.
type group[J any] struct {
	tickets []*ticket[J]
	jobs    []J
}

// A turn is why somebody waits no longer.
type turn int

const (
	letIn   turn = iota
	seenTo       // another has seen to the job
	tooLate      // the wait was too long
	gone         // its context ended
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
	g.mu.Lock()
	defer g.mu.Unlock()
	full := g.full()
	if !full && !g.patience.refuses() {
		return nil // and counted when it enters
	}
	now := time.Now()
	switch {
	case full:
		why = ErrOverloaded
	case g.patience.exceeded(now.Sub(arrived)):
		why = ErrLate
	default:
		return nil
	}
	g.patience.count(now, 0, true) // one that comes to Enter late, and is refused there, would say that refusing is in vain
	return why
}

// Enter returns when the caller is let in, who does its job (Along) or leaves (Leave), or when another has seen to its job. Errors:
// ErrOverloaded, ErrLate among them, or the context's if it ends before either; then nobody has looked at the job.
func (g *Gate[J]) Enter(ctx context.Context, job J) (in bool, err error) {
	if in, err = g.enter(ctx, job); in {
		// Others whose requests have arrived get to ask, too, and learn whether there is a place. Without this a
		// core that is never idle would serve one after the other, and the crowd would wait where nobody counts it.
		// It pays before there is a crowd, too: whoever looks after connections reads what has come meanwhile, so that more
		// are answered in a turn.
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
	if came := own.wait(ctx); came != gone {
		return came.outcome()
	}
	return false, fmt.Errorf("wait for a turn: %w", ctx.Err())
}

// wait returns why the wait is over.
func (t *ticket[J]) wait(ctx context.Context) turn {
	if tells, is := ctx.(Watched); is {
		tells.Watch(t)
		defer tells.Unwatch() // before the ticket is another's
		return <-t.turn
	}
	select {
	case came := <-t.turn:
		return came
	case <-ctx.Done():
	}
	t.Gone()
	came := <-t.turn // such as that another was at the job already
	if came == letIn {
		t.gate.Leave() // its turn came just before
		return gone
	}
	return came
}

// Gone takes the ticket out of the queue, if it is still there, as its context has ended.
func (t *ticket[J]) Gone() {
	if t.gate.withdraw(t) {
		t.turn <- gone
	}
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
		return &ticket[J]{gate: g, turn: make(chan turn, 1)}
	}
	own := g.spare[last]
	g.spare = g.spare[:last]
	return own
}

// giveBack takes a ticket back that is out of the queue, and whose message, if there was one, was received.
func (g *Gate[J]) giveBack(own *ticket[J]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*own = ticket[J]{gate: g, turn: own.turn}
	g.spare = append(g.spare, own)
}

// outcome is what Enter returns of a turn.
func (t turn) outcome() (entered bool, err error) {
	if t == tooLate {
		return false, ErrLate
	}
	return t == letIn, nil
}

// Along has the caller, who is in, do jobs of those that wait, at most so many of those that join, along with its own,
// and leave: do gets them, perhaps none, and when it returns, even by a panic, they have been seen to. It may append one
// to them in the same memory, which is another's afterwards.
func (g *Gate[J]) Along(most int, joins func(J) bool, do func(jobs []J)) {
	began := time.Now()
	with := g.take(most, joins, began)
	defer g.conclude(with, began)
	do(with.jobs)
}

// take takes those out of the queue who wait with jobs that join.
func (g *Gate[J]) take(most int, joins func(J) bool, now time.Time) *group[J] {
	g.mu.Lock()
	defer g.mu.Unlock()
	with := g.newGroup()
	if len(g.waiting) == 0 {
		return with
	}
	with.jobs = slices.Grow(with.jobs, min(most, len(g.waiting))+1)
	g.waiting = slices.DeleteFunc(g.waiting, func(t *ticket[J]) bool {
		if len(with.tickets) == most || !joins(t.job) {
			return false
		}
		if !g.refuse(t, now) {
			with.tickets, with.jobs = append(with.tickets, t), append(with.jobs, t.job)
		}
		return true
	})
	return with
}

// newGroup returns a group of nobody.
func (g *Gate[J]) newGroup() *group[J] {
	last := len(g.empty) - 1
	if last < 0 {
		return &group[J]{}
	}
	with := g.empty[last]
	g.empty = g.empty[:last]
	return with
}

// conclude ends a turn that began at a time: it tells those of the group that their jobs are done, takes the group back,
// and has the caller leave.
func (g *Gate[J]) conclude(with *group[J], began time.Time) {
	for _, t := range with.tickets {
		t.turn <- seenTo
	}
	clear(with.tickets)
	clear(with.jobs[:cap(with.jobs)])
	with.tickets, with.jobs = with.tickets[:0], with.jobs[:0]
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.empty = append(g.empty, with)
	g.patience.turned(now.Sub(began))
	g.leave(now)
}

// refuse tells who is taken out of the queue if it has waited too long, and reports whether it has.
func (g *Gate[J]) refuse(t *ticket[J], now time.Time) bool {
	if !g.patience.tooLong(now, now.Sub(t.arrived)) {
		return false
	}
	t.turn <- tooLate
	return true
}

// Leave has the caller, who is in, leave without having done anything.
func (g *Gate[J]) Leave() {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave(now)
}

// leave gives a place to the first that waits and hasn't waited too long, or frees it. The lock is held.
func (g *Gate[J]) leave(now time.Time) {
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
