package ranks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// A Team is the ranks of a training as rank 0 sees them. A nil Team is this
// process alone.
type Team struct {
	options Options
	host    *host
	server  *grpc.Server
	shown   credentials.TransportCredentials // to peers

	mu      sync.Mutex
	roster  *roster
	orders  map[int]queue // by rank, of those that are there
	live    *liveSession  // nil: none is under way
	agreed  string        // instructions of the first session, and so of all
	failure error         // why there will be no further session
	changed chan struct{} // closed and replaced when any of these is
	closing bool
}

// liveSession is a session with what ends it.
type liveSession struct {
	*Session
	ctx context.Context
	end context.CancelCauseFunc
}

// Lead lets the other ranks come to this one, rank 0. The team must be closed.
func Lead(options Options) (*Team, error) {
	serverCredentials, shown, err := options.Certificates.credentials(options.Launch.Host)
	if err != nil {
		return nil, err
	}
	listener, err := options.Launch.listen()
	if err != nil {
		return nil, fmt.Errorf("listen for the other ranks: %w", err)
	}
	options.Agreement.instructions = Instructions()
	t := &Team{
		options: options, host: newHost(), server: newServer(serverCredentials), shown: shown,
		roster: newRoster(options.Launch.Size, options.Agreement), orders: map[int]queue{}, changed: make(chan struct{}),
	}
	wire.RegisterRanksServer(t.server, &rendezvous{host: t.host, team: t})
	go t.serve(listener)
	slog.Info("waiting for ranks", "of", options.Launch.Size, "address", listener.Addr().String())
	return t, nil
}

func (t *Team) serve(listener net.Listener) {
	if err := t.server.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		t.fail(fmt.Errorf("answer the other ranks: %w", err))
	}
}

// Do runs a task on every rank: body here, and on the others what they know by
// the name. Settings are theirs as JSON. When a rank is lost, Do waits for it and
// runs body again in a new session, so body must begin from what is certain. The
// error is ErrUnreached where a rank stays away, ErrAgain where one comes back that
// can't compute as was begun.
func (t *Team) Do(ctx context.Context, name string, settings any, body func(context.Context, *Session) error) error {
	if t == nil {
		return body(ctx, alone())
	}
	encoded, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("task %s: %w", name, err)
	}
	barren := time.Now() // since when no session has come to anything
	for {
		live, err := t.session(ctx)
		if err != nil {
			return err
		}
		before := live.exchanged.Load()
		t.broadcast(&wire.Order{Order: &wire.Order_Task{Task: &wire.Task{Session: live.id, Name: name, Settings: encoded}}})
		err = within(ctx, live, body)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if cause := context.Cause(live.ctx); cause != nil {
			err = cause
		}
		if _, ok := lost(err); !ok {
			return err
		}
		t.lose(live.id, err)
		slog.Warn("begin a task again", "task", name, "why", err.Error())
		if live.exchanged.Load() > before+1 { // what came in the last shows that the one before succeeded on every rank
			barren = time.Now()
			continue
		}
		if time.Since(barren) > t.options.Timeout {
			return fmt.Errorf("%w: no exchange has succeeded for %s: %w", ErrUnreached, t.options.Timeout, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// within runs body for as long as both contexts last.
func within(ctx context.Context, live *liveSession, body func(context.Context, *Session) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(live.ctx, cancel)()
	return body(ctx, live.Session)
}

// pause between sessions that come to nothing.
const pause = 500 * time.Millisecond

// session returns the one under way, or forms one once all ranks are there.
func (t *Team) session(ctx context.Context) (*liveSession, error) {
	timeout := time.NewTimer(t.options.Timeout)
	defer timeout.Stop()
	for {
		live, changed, err := t.form()
		if live != nil || err != nil {
			return live, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timeout.C:
			t.mu.Lock()
			missing := t.roster.missing()
			t.mu.Unlock()
			return nil, fmt.Errorf("%w: of %d ranks these did not come to %s within %s: %v; look at their logs, or give --rendezvous-timeout",
				ErrUnreached, t.options.Launch.Size, t.options.Launch.Address(), t.options.Timeout, missing)
		}
	}
}

// form returns the session under way, or a new one if all ranks are there; else
// what is closed when that may have changed.
func (t *Team) form() (*liveSession, <-chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure != nil {
		return nil, nil, t.failure
	}
	if t.live != nil {
		return t.live, nil, nil
	}
	formed, ok := t.roster.form()
	if !ok {
		return nil, t.changed, nil
	}
	instructions, err := t.agree(formed.instructions)
	if err != nil {
		t.failure = err
		return nil, nil, err
	}
	addresses := formed.addresses
	addresses[0] = t.options.Launch.Address()
	ctx, end := context.WithCancelCause(context.Background())
	session, err := newSession(ctx, 0, newID(), addresses, t.shown)
	if err != nil {
		end(err)
		return nil, nil, err
	}
	t.live = &liveSession{Session: session, ctx: ctx, end: end}
	t.host.adopt(session)
	t.send(&wire.Order{Order: &wire.Order_Formed{Formed: &wire.Formed{
		Session: session.id, Addresses: addresses, Instructions: instructions,
	}}})
	slog.Info("ranks are together", "ranks", len(addresses), "session", session.id, "instructions", instructions)
	return t.live, nil, nil
}

// agree has this rank compute in what all have, before anything is computed, and
// returns that. What has been computed can't be gone on with in other instructions,
// so a session later agrees on the same, or not at all.
func (t *Team) agree(instructions string) (string, error) {
	if t.agreed == "" {
		t.agreed = instructions
	}
	if both, _ := common(t.agreed, instructions); both != t.agreed {
		return "", fmt.Errorf("%w: it computes in %s, and a rank that came later has but %s", ErrAgain, t.agreed, instructions)
	}
	return t.agreed, compute(t.agreed)
}

// broadcast orders something of every rank that is there.
func (t *Team) broadcast(order *wire.Order) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.send(order)
}

// send is broadcast with the lock held. A rank that is too far behind with its
// orders is let go, so that it comes anew: without one of them it would wait
// forever for what that was to begin.
func (t *Team) send(order *wire.Order) {
	for rank, queue := range t.orders {
		select {
		case queue.orders <- order:
		default:
			slog.Warn("rank doesn't take its orders", "rank", rank, "behind", len(queue.orders))
			queue.leave()
		}
	}
}

// lose ends a session; the next one may do better.
func (t *Team) lose(session string, reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live != nil && t.live.id == session {
		t.over(reason)
		t.roster.breakUp()
	}
	t.notify()
}

// fail ends the session, and there will be no other.
func (t *Team) fail(reason error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure == nil && !t.closing {
		t.failure = reason
	}
	t.over(reason)
	t.notify()
}

// over ends the session under way with the lock held.
func (t *Team) over(reason error) {
	if t.live == nil {
		return
	}
	t.host.adopt(nil)
	t.live.end(reason)
	t.live.close()
	t.live = nil
}

func (t *Team) notify() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// farewell is how long ranks have to take their leave.
const farewell = 5 * time.Second

// Close sends the other ranks home: nil, the model is complete; ErrUnreached,
// ErrAgain or the end of a context leaves them waiting for rank 0 to come back; any
// other error is the reason why they need not.
func (t *Team) Close(reason error) {
	if t == nil {
		return
	}
	if errors.Is(reason, ErrUnreached) || errors.Is(reason, ErrAgain) || errors.Is(reason, context.Canceled) {
		t.fail(reason)
		t.server.Stop()
		return
	}
	dismissed := &wire.Dismissed{}
	if reason != nil {
		dismissed.Failure = reason.Error()
	}
	t.mu.Lock()
	t.closing = true
	t.send(&wire.Order{Order: &wire.Order_Dismissed{Dismissed: dismissed}})
	t.mu.Unlock()
	t.awaitLeave()
	t.fail(errors.New("the team is closed"))
	kill := time.AfterFunc(farewell, t.server.Stop)
	defer kill.Stop()
	t.server.GracefulStop() // lets a rank that was refused read why
}

// awaitLeave returns when no rank is there any more, or some take too long.
func (t *Team) awaitLeave() {
	timeout := time.NewTimer(farewell)
	defer timeout.Stop()
	for {
		t.mu.Lock()
		left, changed := len(t.orders), t.changed
		t.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			return
		}
	}
}
