package main

import (
	"context"
	"log/slog"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/mlflow"
)

type replayCommand struct {
	Spool     string `required:"" type:"path" help:"Folder that runs were written to while MLflow was down, as trainer train --spool does."`
	MlflowURI string `name:"mlflow-uri" env:"DAYBREAK_MLFLOW_URI,MLFLOW_TRACKING_URI" default:"http://127.0.0.1:5000" help:"MLflow server."`
}

// Run sends what was spooled to MLflow. What is sent is said, also when a run is refused.
func (c *replayCommand) Run(ctx context.Context, out *command.Output) error {
	client, err := mlflow.New(c.MlflowURI)
	if err != nil {
		return command.Usagef("--mlflow-uri: %v", err)
	}
	replayed, err := client.Replay(ctx, c.Spool)
	for _, run := range replayed {
		for _, omission := range run.LeftOut {
			slog.Warn("left out", "run", run.RunID, "what", omission)
		}
	}
	if err != nil {
		for _, run := range replayed {
			slog.Info("replayed", "key", run.Spec.Key, "run", run.RunID, "operations", run.Operations)
		}
		return err
	}
	if out.IsJSON() {
		return out.JSON(struct {
			Replayed []mlflow.Replayed `json:"replayed"`
		}{replayed})
	}
	for _, run := range replayed {
		out.Printf("%s: run %s, %d operations\n", run.Spec.Key, run.RunID, run.Operations)
	}
	out.Printf("%d runs replayed\n", len(replayed))
	return nil
}
