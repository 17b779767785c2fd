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
	if err := clean(ctx, cli.StateDir, state.KeepLogs); err != nil {
		return err
	}
	slog.Info("nothing of the cluster is left but its logs", "logs", cli.StateDir.Logs())
	return nil
}

// clean ends what runs of a cluster and removes what is left of it, whether it
// was stopped in order or killed. Its data are to be thrown away, so that there
// is nothing to shut down slowly.
func clean(ctx context.Context, dir state.Dir, logs state.LogsPolicy) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	process, running, err := dir.Process()
	if err != nil {
		return err
	}
	if running {
		if err := process.Kill(ctx); err != nil {
			return fmt.Errorf("end the cluster's processes: %w", err)
		}
	}
	made, err := dir.HostFolders()
	if err != nil {
		return err
	}
	return errors.Join(isolation.RemoveControlGroup(ctx), isolation.RestoreHost(made), dir.Clear(logs))
}
