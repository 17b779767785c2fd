package ranks

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// lead has rank 0 of two wait for the other, which knows it by a connection.
func lead(t *testing.T) (*Team, wire.RanksClient) {
	t.Helper()
	team, err := Lead(Options{Launch: Launch{Size: 2, Host: "127.0.0.1", Port: commandtest.Port(t)}, Timeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { team.Close(context.Canceled) })
	connection, err := dial(team.options.Launch.Address(), insecure.NewCredentials())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return team, wire.NewRanksClient(connection)
}

func TestARankThatDoesNotTakeItsOrdersIsLetGoRatherThanLeftWithoutOne(t *testing.T) {
	team, client := lead(t)
	stream, err := client.Join(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&wire.Report{Said: &wire.Report_Hello{Hello: &wire.Hello{
		Version: version, Rank: 1, Size: 2, Incarnation: "one", Address: "127.0.0.1:1", Instructions: Instructions(),
	}}}))
	there := func() bool {
		team.mu.Lock()
		defer team.mu.Unlock()
		return len(team.roster.missing()) == 0
	}
	require.Eventually(t, there, time.Minute, time.Millisecond)
	large := &wire.Order{Order: &wire.Order_Task{Task: &wire.Task{Settings: bytes.Repeat([]byte("x"), window/4)}}}
	for range pendingOrders + 10 { // some of them fit what may be on its way unread
		team.broadcast(large)
	}
	require.Eventually(t, func() bool { return !there() }, time.Minute, time.Millisecond)
	for taken := 0; ; taken++ {
		if _, err := stream.Recv(); err != nil {
			require.Less(t, taken, pendingOrders+10, "it learns that it was let go, not of some orders alone")
			return
		}
	}
}

func TestAnExchangeThatOneRankAsksForTwiceStillWaitsForTheOthers(t *testing.T) {
	s := &Session{size: 3, published: map[int64]*publication{}, arrived: make(chan struct{})}
	p := s.publish(func(int, io.Writer) error { return nil })
	require.NoError(t, p.serve(1, &chunkWriter{}))
	_, again := lost(p.serve(1, &chunkWriter{}))
	require.True(t, again, "the session is lost")
	select {
	case <-p.served:
		t.Fatal("rank 2 has nothing yet")
	default:
	}
	require.NoError(t, p.serve(2, &chunkWriter{}))
	<-p.served
}
