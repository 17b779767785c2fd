package ranks

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// worker runs one session's tasks after another.
type worker struct {
	assistant *assistant
	stream    grpc.BidiStreamingClient[wire.Report, wire.Order]
	session   *Session
	end       context.CancelCauseFunc
	queue     chan *wire.Task
	ended     chan struct{}
}

// enter ends the session under way and begins another.
func (w *worker) enter(ctx context.Context, formed *wire.Formed) error {
	w.leave(lostf("rank 0 formed another session"))
	launch := w.assistant.options.Launch
	if len(formed.Addresses) != launch.Size {
		return fmt.Errorf("rank 0 formed a session of %d ranks, not of %d", len(formed.Addresses), launch.Size)
	}
	if err := compute(formed.Instructions); err != nil {
		return err
	}
	formed.Addresses[0] = launch.Address() // as this rank reaches it
	ctx, end := context.WithCancelCause(ctx)
	session, err := newSession(ctx, launch.Rank, formed.Session, formed.Addresses, w.assistant.shown)
	if err != nil {
		end(err)
		return err
	}
	w.session, w.end = session, end
	w.queue, w.ended = make(chan *wire.Task, pendingOrders), make(chan struct{})
	w.assistant.host.adopt(session)
	slog.Info("ranks are together", "rank", session.rank, "ranks", session.size, "session", session.id, "instructions", formed.Instructions)
	go w.work(ctx, session, w.queue, w.ended)
	return nil
}

// leave ends the session under way, if any, and waits for its task to stop.
func (w *worker) leave(reason error) {
	if w.session == nil {
		return
	}
	w.end(reason)
	w.assistant.host.adopt(nil)
	w.session.close()
	close(w.queue)
	<-w.ended
	w.session = nil
}

// begin queues a task of the session under way.
func (w *worker) begin(task *wire.Task) {
	if w.session == nil || task.Session != w.session.id {
		return
	}
	select {
	case w.queue <- task:
	case <-w.ended: // after a failure, which rank 0 will answer with another session
	}
}

// work runs tasks until the session is over or one fails, which it reports.
func (w *worker) work(ctx context.Context, session *Session, queue <-chan *wire.Task, ended chan<- struct{}) {
	defer close(ended)
	for task := range queue {
		run, known := w.assistant.tasks[task.Name]
		err := fmt.Errorf("it knows no task %q", task.Name)
		if known {
			err = run(ctx, session, task.Settings)
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		report := &wire.Report{Said: &wire.Report_Failed{Failed: &wire.Failed{Session: session.id, Reason: err.Error()}}}
		if reason, ok := lost(err); ok {
			report.Said = &wire.Report_Lost{Lost: &wire.Lost{Session: session.id, Reason: reason}}
		}
		slog.Warn("task ended early", "task", task.Name, "why", err.Error())
		_ = w.stream.Send(report) // where rank 0 is gone there is nobody to tell
		return
	}
}
