package admission_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// await sends somebody to the gate, and returns what says how that went, once it waits there.
func await(ctx context.Context, gate *admission.Gate) <-chan error {
	entered := make(chan error, 1)
	go func() { entered <- gate.Enter(ctx) }()
	time.Sleep(20 * time.Millisecond) // who doesn't wait yet would only come later
	return entered
}

func TestThoseWhoWaitAreLetInInOrder(t *testing.T) {
	gate := admission.NewGate(1, 10)
	require.NoError(t, gate.Enter(t.Context()))
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
	gate := admission.NewGate(1, 2)
	require.NoError(t, gate.Enter(t.Context()))
	first, second := await(t.Context(), gate), await(t.Context(), gate)
	require.True(t, gate.Full())
	require.ErrorIs(t, gate.Enter(t.Context()), admission.ErrOverloaded)
	gate.Leave()
	require.NoError(t, <-first)
	require.False(t, gate.Full())
	gate.Leave()
	require.NoError(t, <-second)
}

func TestOneWhoseDeadlinePassesIsNotLetIn(t *testing.T) {
	gate := admission.NewGate(1, 2)
	require.NoError(t, gate.Enter(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, gate.Enter(ctx), context.DeadlineExceeded)
	require.ErrorIs(t, gate.Enter(ctx), context.DeadlineExceeded, "it had passed before")
	gate.Leave()
	require.NoError(t, gate.Enter(t.Context()), "the place is free")
}

func TestACrowdIsLetInOrTurnedAwayAndNobodyIsForgotten(t *testing.T) {
	var inside, most, done, away, late atomic.Int64
	gate := admission.NewGate(2, 8)
	var crowd sync.WaitGroup
	for n := range 64 {
		crowd.Go(func() {
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*20*time.Microsecond)
				switch err := gate.Enter(ctx); {
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
		require.NoError(t, gate.Enter(t.Context()), "its places are free again")
	}
}
