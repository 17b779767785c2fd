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

// A bench does jobs, numbers here, when it is told to go on.
type bench struct {
	gate   *admission.Gate[int]
	goOn   chan struct{}
	begun  chan []int
	failed chan error
}

func newBench(limits admission.Limits) *bench {
	b := &bench{goOn: make(chan struct{}), begun: make(chan []int, 100), failed: make(chan error, 100)}
	sameParity := func(a, c int) bool { return a%2 == c%2 }
	b.gate = admission.New(limits, sameParity, func(batch []int) {
		b.begun <- batch
		<-b.goOn
	})
	return b
}

// fill sends jobs one after the other.
func (b *bench) fill(t *testing.T, wait *sync.WaitGroup, jobs ...int) {
	t.Helper()
	for _, job := range jobs {
		wait.Go(func() { b.failed <- b.gate.Do(t.Context(), job) })
		time.Sleep(20 * time.Millisecond) // in order; a job that isn't queued yet would only come later
	}
}

func TestWhatWaitsIsDoneTogetherInOrder(t *testing.T) {
	b := newBench(admission.Limits{Concurrency: 1, Queue: 10, Batch: 3})
	var wait sync.WaitGroup
	b.fill(t, &wait, 1, 2, 3, 4, 6, 8, 5)
	for _, batch := range [][]int{{1}, {2, 4, 6}, {3, 5}, {8}} {
		require.Equal(t, batch, <-b.begun)
		b.goOn <- struct{}{}
	}
	wait.Wait()
	close(b.failed)
	for err := range b.failed {
		require.NoError(t, err)
	}
}

func TestAFullQueueTurnsAway(t *testing.T) {
	b := newBench(admission.Limits{Concurrency: 1, Queue: 2, Batch: 1})
	var wait sync.WaitGroup
	b.fill(t, &wait, 1, 2, 3)
	require.True(t, b.gate.Full())
	require.ErrorIs(t, b.gate.Do(t.Context(), 4), admission.ErrOverloaded)
	for range 3 {
		b.goOn <- struct{}{}
	}
	wait.Wait()
	require.False(t, b.gate.Full())
	require.Len(t, b.begun, 3)
}

func TestAJobWhoseDeadlinePassesIsNotDone(t *testing.T) {
	b := newBench(admission.Limits{Concurrency: 1, Queue: 2, Batch: 1})
	var wait sync.WaitGroup
	b.fill(t, &wait, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, b.gate.Do(ctx, 2), context.DeadlineExceeded)
	require.ErrorIs(t, b.gate.Do(ctx, 3), context.DeadlineExceeded, "it had passed before")
	b.goOn <- struct{}{}
	wait.Wait()
	require.Equal(t, []int{1}, <-b.begun)
	require.Empty(t, b.begun)
}

func TestACrowdIsDoneOrTurnedAwayAndNobodyIsForgotten(t *testing.T) {
	var atOnce, most, done, away, late atomic.Int64
	gate := admission.New(admission.Limits{Concurrency: 2, Queue: 8, Batch: 4},
		func(int, int) bool { return true },
		func(batch []int) {
			most.Store(max(most.Load(), atOnce.Add(1)))
			time.Sleep(10 * time.Microsecond)
			done.Add(int64(len(batch)))
			atOnce.Add(-1)
		})
	var crowd sync.WaitGroup
	for n := range 64 {
		crowd.Go(func() {
			for range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*20*time.Microsecond)
				switch err := gate.Do(ctx, n); {
				case err == nil:
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
	require.GreaterOrEqual(t, done.Load()+late.Load()+away.Load(), int64(6400))
	require.Positive(t, done.Load())
	require.NoError(t, gate.Do(t.Context(), 1), "its places are free again")
}
