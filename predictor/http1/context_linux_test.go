package http1

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

func TestAContextIsEndedByItsOwnConnectionAlone(t *testing.T) {
	var reused requestContext
	first, second := &connection{}, &connection{}
	reused.begin(first, time.Time{})
	done := reused.Done()
	reused.end(first)
	<-done
	require.ErrorIs(t, reused.Err(), context.Canceled)

	reused.begin(second, time.Time{})
	reused.end(first) // whose client's leaving was noticed late
	require.NoError(t, reused.Err())
	select {
	case <-reused.Done():
		t.Fatal("it has ended")
	default:
	}
	reused.end(second)
	<-reused.Done()
}

func TestAClientThatLeavesWaitsAtTheGateNoLonger(t *testing.T) {
	gate := admission.NewGate[int](1, 2, 0)
	_, err := gate.Enter(t.Context(), 0)
	require.NoError(t, err)
	var reused requestContext
	from := &connection{}
	for _, test := range []struct {
		leaves string
		before bool
	}{{"while it waits", false}, {"along with its request", true}, {"when another has waited with the same context", false}} {
		t.Run(test.leaves, func(t *testing.T) {
			from.gone.Store(test.before)
			reused.begin(from, time.Now())
			left := make(chan error, 1)
			go func() {
				_, err := gate.Enter(&reused, 0)
				left <- err
			}()
			require.Eventually(t, func() bool { return reused.watched() || len(left) > 0 }, time.Minute, time.Millisecond)
			if !test.before {
				reused.end(from)
			}
			require.ErrorIs(t, <-left, context.Canceled)
			require.False(t, reused.watched())
		})
	}
}

func TestAContextThatHasEndedSaysSoAtOnce(t *testing.T) {
	var reused requestContext
	from, waits := &connection{}, &listener{}
	reused.begin(from, time.Now())
	reused.end(from)
	reused.Watch(waits)
	require.Equal(t, 1, waits.times)
	reused.Unwatch()

	reused.begin(from, time.Now())
	reused.Watch(waits)
	reused.Unwatch()
	reused.end(from)
	require.Equal(t, 1, waits.times, "it waits no longer")
}

// watched says whether somebody waits.
func (c *requestContext) watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watcher != nil
}

// A listener counts how often it was told that a context has ended.
type listener struct{ times int }

func (l *listener) Gone() { l.times++ }

func TestWaitingWithAContextLeavesNoGarbage(t *testing.T) {
	var reused requestContext
	from, waits := &connection{}, &listener{}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		reused.begin(from, time.Time{})
		reused.Watch(waits)
		reused.Unwatch()
		reused.end(from)
	}))
}
