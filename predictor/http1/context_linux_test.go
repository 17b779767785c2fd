package http1

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
