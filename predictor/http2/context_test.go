package http2

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
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
