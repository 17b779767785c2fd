package ranks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// Tasks are what a rank can be asked to do, by name; settings are JSON.
type Tasks map[string]func(ctx context.Context, s *Session, settings []byte) error

// Assist does what rank 0 orders until the model is complete. finished says
// whether it is there already, which nobody may be left to tell. Where rank 0
// stays away the error is ErrUnreached; where it gave up, or this rank can't take
// part, ErrDismissed.
func Assist(ctx context.Context, options Options, tasks Tasks, finished func() (bool, error)) error {
	serverCredentials, shown, err := options.Certificates.credentials(options.Launch.Host)
	if err != nil {
		return err
	}
	options.Agreement.instructions = Instructions()
	a := &assistant{options: options, tasks: tasks, finished: finished, host: newHost(), shown: shown, incarnation: newID()}
	return a.run(ctx, newServer(serverCredentials))
}

// assistant is a rank that isn't rank 0.
type assistant struct {
	options     Options
	tasks       Tasks
	finished    func() (bool, error)
	host        *host
	shown       credentials.TransportCredentials
	incarnation string
	address     string
}

// run joins rank 0 again and again, for as long as that may lead anywhere.
func (a *assistant) run(ctx context.Context, server *grpc.Server) error {
	var last error
	var serving bool
	defer server.Stop()
	for deadline := time.Now().Add(a.options.Timeout); ; {
		if done, err := a.finished(); done || err != nil {
			return err
		}
		if !serving { // rank 0's name may not resolve before it is there
			listener, err := a.options.Launch.listen()
			if err == nil {
				a.address, serving = listener.Addr().String(), true
				wire.RegisterRanksServer(server, a.host)
				go func() { _ = server.Serve(listener) }() // it ends with Stop
			}
			last = err
		}
		if serving {
			joined, err := a.join(ctx)
			if err == nil || ctx.Err() != nil || errors.Is(err, ErrDismissed) {
				return err
			}
			if last = err; joined {
				deadline = time.Now().Add(a.options.Timeout)
				slog.Warn("rank 0 is gone; waiting for it", "why", err.Error())
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w: rank 0 did not answer at %s for %s; look at its log, or give --rendezvous-timeout: %w",
				ErrUnreached, a.options.Launch.Address(), a.options.Timeout, last)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// join serves rank 0 until the connection ends: with nil when the model is
// complete.
func (a *assistant) join(ctx context.Context) (joined bool, err error) {
	connection, err := dial(a.options.Launch.Address(), a.shown)
	if err != nil {
		return false, err
	}
	defer closeConnection(connection)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := wire.NewRanksClient(connection).Join(ctx)
	if err != nil {
		return false, err
	}
	launch, agreed := a.options.Launch, a.options.Agreement
	err = stream.Send(&wire.Report{Said: &wire.Report_Hello{Hello: &wire.Hello{
		Version: version, Rank: int32(launch.Rank), Size: int32(launch.Size), Incarnation: a.incarnation, Address: a.address,
		Settings: agreed.Settings, Data: agreed.Data, Instructions: agreed.instructions,
	}}})
	if err != nil && !errors.Is(err, io.EOF) { // after EOF, Recv says why
		return false, err
	}
	w := &worker{assistant: a, stream: stream}
	defer w.leave(lostf("rank 0 is gone"))
	for {
		order, err := stream.Recv()
		if err != nil {
			return joined, explain(err)
		}
		joined = true
		switch order := order.Order.(type) {
		case *wire.Order_Formed:
			if err := w.enter(ctx, order.Formed); err != nil {
				return joined, err
			}
		case *wire.Order_Task:
			w.begin(order.Task)
		case *wire.Order_Dismissed:
			if order.Dismissed.Failure != "" {
				return joined, fmt.Errorf("%w: %s", ErrDismissed, order.Dismissed.Failure)
			}
			return joined, nil
		}
	}
}

// explain makes a refusal one.
func explain(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("rank 0 ended the connection")
	}
	if said, ok := status.FromError(err); ok && said.Code() == codes.FailedPrecondition {
		return fmt.Errorf("%w: %s", ErrDismissed, said.Message())
	}
	return err
}

func closeConnection(connection io.Closer) { _ = connection.Close() } // what was to be said has been
