package admission_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// enter sends somebody to the gate whose job nobody else does.
func enter(ctx context.Context, gate *admission.Gate[string]) error {
	_, err := gate.Enter(ctx, "")
	return err
}

// await sends somebody to the gate, and returns what says how that went, once it waits there.
func await(ctx context.Context, gate *admission.Gate[string]) <-chan error {
	entered, before := make(chan error, 1), gate.Waiting()
	go func() { entered <- enter(ctx, gate) }()
	for gate.Waiting() == before { // who doesn't wait yet would only come later
		runtime.Gosched()
	}
	return entered
}

func TestThoseWhoWaitAreLetInInOrder(t *testing.T) {
	gate := admission.NewGate[string](1, 10, 0)
	require.NoError(t, enter(t.Context(), gate))
	var waiting []<-chan error
	for range 5 {
		waiting = append(waiting, await(t.Context(), gate))
	}
	for i, entered := range waiting {
		gate.Leave()
		require.NoError(t, <-entered)
		for _, later := range waiting[i+1:] {
			require.Empty(t, later)
		}
	}
}

func TestAFullQueueTurnsAway(t *testing.T) {
	gate := admission.NewGate[string](1, 2, 0)
	require.NoError(t, enter(t.Context(), gate))
	first, second := await(t.Context(), gate), await(t.Context(), gate)
	require.True(t, gate.Full())
	require.ErrorIs(t, enter(t.Context(), gate), admission.ErrOverloaded)
	gate.Leave()
	require.NoError(t, <-first)
	require.False(t, gate.Full())
	gate.Leave()
	require.NoError(t, <-second)
}

func TestWhoAsksBeforeEnteringIsToldWhetherItWouldBeRefused(t *testing.T) {
	gate := admission.NewGate[string](1, 0, 5*time.Millisecond)
	require.NoError(t, gate.Refuses(time.Now().Add(-time.Minute)), "there is no crowd")
	require.NoError(t, enter(t.Context(), gate))
	require.Eventually(t, func() bool { // a crowd
		for range 1000 {
			require.ErrorIs(t, gate.Refuses(time.Now()), admission.ErrOverloaded)
			require.ErrorIs(t, enter(t.Context(), gate), admission.ErrOverloaded)
		}
		gate.Leave()
		late := gate.Refuses(time.Now().Add(-time.Minute))
		require.NoError(t, gate.Refuses(time.Now().Add(time.Hour)), "it is in time, however long that takes")
		require.NoError(t, enter(t.Context(), gate))
		return errors.Is(late, admission.ErrLate)
	}, time.Minute, time.Millisecond)
}

func TestOneWhoseDeadlinePassesIsNotLetIn(t *testing.T) {
	gate := admission.NewGate[string](1, 2, 0)
	require.NoError(t, enter(t.Context(), gate))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, enter(ctx, gate), context.DeadlineExceeded)
	require.ErrorIs(t, enter(ctx, gate), context.DeadlineExceeded, "it had passed before")
	gate.Leave()
	require.NoError(t, enter(t.Context(), gate), "the place is free")
}

func TestACrowdIsLetInOrTurnedAwayAndNobodyIsForgotten(t *testing.T) {
	var inside, most, done, away, late atomic.Int64
	gate := admission.NewGate[string](2, 8, 0)
	var crowd sync.WaitGroup
	for n := range 64 {
		crowd.Go(func() {
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*20*time.Microsecond)
				if n == 63 { // the slowest machine gets somebody in
					ctx = t.Context()
				}
				switch err := enter(ctx, gate); {
				case err == nil:
					most.Store(max(most.Load(), inside.Add(1)))
					time.Sleep(10 * time.Microsecond)
					inside.Add(-1)
					done.Add(1)
					gate.Leave()
				case ctx.Err() != nil:
					late.Add(1)
				default:
					away.Add(1)
				}
				cancel()
			}
		})
	}
	crowd.Wait()
	require.LessOrEqual(t, most.Load(), int64(2))
	require.Equal(t, int64(6400), done.Load()+late.Load()+away.Load())
	require.Positive(t, done.Load())
	for range 2 {
		require.NoError(t, enter(t.Context(), gate), "its places are free again")
	}
}

func TestJobsOfThoseWhoWaitAreDoneAlongWithAnother(t *testing.T) {
	type entered struct {
		in  bool
		err error
	}
	gate := admission.NewGate[string](1, 10, 0)
	enter := func(ctx context.Context, job string) <-chan entered {
		went, before := make(chan entered, 1), gate.Waiting()
		go func() {
			in, err := gate.Enter(ctx, job)
			went <- entered{in, err}
		}()
		for gate.Waiting() == before {
			runtime.Gosched()
		}
		return went
	}
	in, err := gate.Enter(t.Context(), "first")
	require.NoError(t, err)
	require.True(t, in)
	ctx, cancel := context.WithCancel(t.Context())
	red1, blue, red2, red3, red4 := enter(t.Context(), "red 1"), enter(t.Context(), "blue"), enter(ctx, "red 2"), enter(ctx, "red 3"), enter(ctx, "red 4")
	reds := func(job string) bool { return job != "blue" }
	require.Panics(t, func() {
		gate.Along(3, reds, func(jobs []string) {
			require.Equal(t, []string{"red 1", "red 2", "red 3"}, jobs)
			cancel()
			require.ErrorIs(t, (<-red4).err, context.Canceled, "it was still in the queue")
			require.Empty(t, red2, "its job is being done, so that it can't go")
			require.Empty(t, blue, "it doesn't join")
			panic("broken")
		})
	})
	for _, done := range []<-chan entered{red1, red2, red3} {
		require.Equal(t, entered{}, <-done)
	}
	require.Equal(t, entered{in: true}, <-blue, "it is let in when the first leaves, by a panic")
	gate.Along(3, reds, func(jobs []string) { require.Empty(t, jobs) })
	in, err = gate.Enter(t.Context(), "last")
	require.NoError(t, err)
	require.True(t, in, "the place is free")
}
