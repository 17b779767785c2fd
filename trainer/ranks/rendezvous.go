package ranks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// rendezvous is rank 0's side of Join, beside the Fetch that every rank offers.
type rendezvous struct {
	*host
	team *Team
}

// pendingOrders is how many orders a rank may be behind.
const pendingOrders = 64

// A queue is what a rank has been ordered and wasn't sent yet.
type queue struct {
	orders chan *wire.Order
	leave  func() // lets the rank go
}

func newID() string { return rand.Text() }

// Join keeps a rank for as long as it stays.
func (r *rendezvous) Join(stream grpc.BidiStreamingServer[wire.Report, wire.Order]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	hello := first.GetHello()
	if hello == nil {
		return status.Error(codes.InvalidArgument, "a rank begins with Hello")
	}
	ctx, leave := context.WithCancel(stream.Context())
	defer leave()
	queue := queue{orders: make(chan *wire.Order, pendingOrders), leave: leave}
	if err := r.team.admit(hello, queue); err != nil {
		return status.Error(codes.FailedPrecondition, err.Error())
	}
	defer r.team.remove(int(hello.Rank), hello.Incarnation)
	go func() {
		defer leave()
		r.team.listen(hello.Rank, stream)
	}()
	go func() { // which may wait in Send for one that doesn't read
		defer leave()
		queue.send(ctx, stream)
	}()
	<-ctx.Done()
	return nil
}

// send sends what is ordered until the rank is let go, or can't be sent to.
func (q queue) send(ctx context.Context, stream grpc.BidiStreamingServer[wire.Report, wire.Order]) {
	for {
		select {
		case order := <-q.orders:
			if err := stream.Send(order); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// admit lets a rank in. One that can never take part ends the training.
func (t *Team) admit(hello *wire.Hello, orders queue) error {
	m := member{
		rank: int(hello.Rank), size: int(hello.Size), incarnation: hello.Incarnation, address: hello.Address,
		agreement: Agreement{Settings: hello.Settings, Data: hello.Data, instructions: hello.Instructions},
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failure != nil || t.closing {
		return errors.New("the training is over")
	}
	var err error
	if hello.Version != version {
		err = fmt.Errorf("rank %d speaks version %d of the ranks' protocol, rank 0 version %d: start every rank with the same program", m.rank, hello.Version, version)
	} else {
		err = t.roster.join(m)
	}
	if err != nil {
		t.failure = err
		t.over(err)
		t.notify()
		return err
	}
	t.over(lostf("rank %d came anew", m.rank))
	t.orders[m.rank] = orders
	t.notify()
	slog.Info("rank is there", "rank", m.rank, "address", m.address, "missing", t.roster.missing())
	return nil
}

// remove takes out a rank that has gone.
func (t *Team) remove(rank int, incarnation string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.roster.leave(rank, incarnation) {
		return
	}
	delete(t.orders, rank)
	t.over(lostf("rank %d is gone", rank))
	t.notify()
	if !t.closing {
		slog.Warn("rank is gone", "rank", rank)
	}
}

// listen hears what a rank reports, until it is gone.
func (t *Team) listen(rank int32, stream grpc.BidiStreamingServer[wire.Report, wire.Order]) {
	for {
		report, err := stream.Recv()
		if err != nil {
			return
		}
		switch said := report.Said.(type) {
		case *wire.Report_Lost:
			t.lose(said.Lost.Session, lostf("%s", said.Lost.Reason))
		case *wire.Report_Failed:
			t.fail(fmt.Errorf("rank %d: %s", rank, said.Failed.Reason))
		}
	}
}
