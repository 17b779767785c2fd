package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

type downCommand struct{}

func (downCommand) Run(ctx context.Context, cli *commands) error {
	if err := end(ctx, cli.StateDir); err != nil {
		return err
	}
	lock, err := cli.StateDir.Lock()
	if errors.Is(err, state.ErrHeldElsewhere) {
		// What is left on the machine is the other cluster's.
		return cli.StateDir.Clear(state.KeepLogs)
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // gives the lock up
	if err := restore(ctx, cli.StateDir, state.KeepLogs); err != nil {
		return err
	}
	slog.Info("nothing of the cluster is left but its logs", "logs", cli.StateDir.Logs())
	return nil
}

// cleanWithin bounds the removal of a cluster, which takes about a second.
const cleanWithin = 30 * time.Second

// end ends what runs of a cluster. Its data are to be thrown away, so that there
// is nothing to shut down slowly.
func end(ctx context.Context, dir state.Dir) error {
	process, running, err := dir.Process()
	if err != nil || !running {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cleanWithin)
	defer cancel()
	if err := process.Kill(ctx); err != nil {
		return fmt.Errorf("end the cluster's processes: %w", err)
	}
	return nil
}

// restore removes what a cluster that has ended left, whether it was stopped in
// order or killed. The caller holds the lock.
func restore(ctx context.Context, dir state.Dir, logs state.LogsPolicy) error {
	ctx, cancel := context.WithTimeout(ctx, cleanWithin)
	defer cancel()
	made, err := dir.HostFolders()
	if err != nil {
		return err
	}
	return errors.Join(isolation.RemoveControlGroup(ctx), isolation.RestoreHost(made), dir.Clear(logs))
}
