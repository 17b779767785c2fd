package http2

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

func TestAContextEndsForThoseWhoWaitAndThoseWhoAsk(t *testing.T) {
	for _, waits := range []bool{false, true} {
		c := &requestContext{}
		require.NoError(t, c.Err())
		var done <-chan struct{}
		if waits {
			done = c.Done()
			require.Empty(t, done)
		}
		c.end()
		require.ErrorIs(t, c.Err(), context.Canceled)
		if waits {
			<-done
		}
		<-c.Done()
	}
}

func TestAContextEndsThoseMadeOfIt(t *testing.T) {
	c := &requestContext{}
	made, cancel := context.WithCancel(c)
	defer cancel()
	c.end()
	require.ErrorIs(t, made.Err(), context.Canceled, "without a goroutine that has to learn of it first")
}

func TestAClientThatLeavesWaitsAtTheGateNoLonger(t *testing.T) {
	gate := admission.NewGate[int](1, 1, 0)
	_, err := gate.Enter(t.Context(), 0)
	require.NoError(t, err)
	c := &requestContext{}
	for range 2 { // the second time it is another request's
		left := make(chan error, 1)
		go func() {
			_, err := gate.Enter(c, 0)
			left <- err
		}()
		require.Eventually(t, gate.Full, time.Minute, time.Millisecond, "it waits")
		c.end()
		require.ErrorIs(t, <-left, context.Canceled)
		c.forget()
	}
	gate.Leave()
	in, err := gate.Enter(c, 0)
	require.NoError(t, err)
	require.True(t, in)
}

// A listener hears that a context has ended.
type listener struct{}

func (*listener) Gone() {}

func TestWaitingWithAContextLeavesNoGarbage(t *testing.T) {
	c, waits := &requestContext{}, &listener{}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		c.Watch(waits)
		c.Unwatch()
		c.end()
		c.forget()
	}))
}
