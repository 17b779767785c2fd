package v2grpc

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestACallsContextEndsAtItsDeadline(t *testing.T) {
	for _, waits := range []bool{false, true} {
		d := &deadlined{Context: t.Context(), deadline: time.Now().Add(time.Millisecond)}
		if waits {
			<-d.Done()
		} else {
			require.Eventually(t, func() bool { return d.Err() != nil }, time.Minute, time.Millisecond)
		}
		require.ErrorIs(t, d.Err(), context.DeadlineExceeded)
		<-d.Done()
		require.ErrorIs(t, d.Err(), context.DeadlineExceeded)
		d.end()
	}
}

func TestACallsContextEndsWithItsRequest(t *testing.T) {
	type key struct{}
	request, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	later := time.Now().Add(time.Hour)
	asks, waits := &deadlined{Context: request, deadline: later}, &deadlined{Context: request, deadline: later}
	made, forget := context.WithCancel(waits)
	defer forget()
	for _, c := range []context.Context{asks, waits, made} {
		require.NoError(t, c.Err())
		require.Equal(t, "value", c.Value(key{}))
		deadline, has := c.Deadline()
		require.True(t, has)
		require.Equal(t, later, deadline)
	}
	cancel()
	for _, c := range []context.Context{asks, waits, made} {
		require.ErrorIs(t, c.Err(), context.Canceled)
		<-c.Done()
	}
	waits.end()
}

func TestAnAnsweredCallsContextEndsThoseMadeOfIt(t *testing.T) {
	d := &deadlined{Context: t.Context(), deadline: time.Now().Add(time.Hour)}
	made, forget := context.WithCancel(d)
	defer forget()
	d.end()
	require.ErrorIs(t, made.Err(), context.Canceled)
}
