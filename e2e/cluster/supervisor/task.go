package supervisor

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// task is one part of the start.
type task struct {
	name string
	// after are the tasks that must be done before.
	after []string
	do    func(context.Context) error
}

// runTasks does each task as soon as those before it are done, and returns the first
// error. Observe is called around each, from several goroutines, and returns what is
// to be called at its end.
func runTasks(ctx context.Context, tasks []task, observe func(name string) (done func() error, err error)) error {
	finished := make(map[string]chan struct{}, len(tasks))
	for _, task := range tasks {
		finished[task.name] = make(chan struct{})
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range tasks {
		group.Go(func() error {
			for _, name := range task.after {
				select {
				case <-finished[name]:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			done, err := observe(task.name)
			if err != nil {
				return err
			}
			if err := task.do(ctx); err != nil {
				return err
			}
			close(finished[task.name])
			return done()
		})
	}
	return group.Wait()
}
