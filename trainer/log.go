package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/s3"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/card"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/live"
)

// showTimeout bounds how long training waits for MLflow before it begins.
const showTimeout = 20 * time.Second

// spoolRetry is how long a server is waited for that may be told later: seconds.
func spoolRetry() mlflow.Retry {
	retry := mlflow.DefaultRetry()
	retry.Attempts = 4
	return retry
}

// show shows the training in MLflow from now on, if it is to. Where MLflow is away
// it isn't shown: the model is trained all the same.
func (c *trainCommand) show(ctx context.Context, summary trainSummary, began time.Time) *live.View {
	if c.MlflowURI == "" {
		return nil
	}
	starting, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	run, err := c.startRun(starting, summary, began)
	if err != nil {
		slog.Warn("training is not shown in MLflow while it goes on", "error", err)
		return nil
	}
	return live.Show(ctx, run, run.Run().Start, filepath.Dir(c.ModelDir))
}

// startRun starts the run that --mlflow-run names, or the one of this model name,
// as-of and digest, however often it is called.
func (c *trainCommand) startRun(ctx context.Context, summary trainSummary, began time.Time, options ...mlflow.StartOption) (*mlflow.ActiveRun, error) {
	settings := []mlflow.Option{mlflow.WithArtifactStore("s3", s3.Open)}
	if c.Spool != "" {
		settings = append(settings, mlflow.WithRetry(spoolRetry()))
	}
	client, err := mlflow.New(c.MlflowURI, settings...)
	if err != nil {
		return nil, err
	}
	if c.MlflowRun != "" {
		return client.StartRun(ctx, mlflow.RunSpec{RunID: c.MlflowRun}, options...)
	}
	return client.StartRun(ctx, mlflow.RunSpec{
		RunID:      os.Getenv(mlflow.RunIDVariable),
		Experiment: c.MlflowExperiment,
		Key:        fmt.Sprintf("%s/%s/%s", c.ModelName, summary.AsOf, summary.Digest),
		Name:       c.ModelName + " " + summary.AsOf,
		Start:      began,
		Tags:       mlflow.ReadProvenance().Tags(),
	}, options...)
}

// log writes the model to MLflow: one run and at most one version for a model
// name, an as-of and a digest, however often it is called. With --spool, a
// MLflow that is away gets it later.
func (c *trainCommand) log(ctx context.Context, summary *trainSummary) (err error) {
	training, err := mlflow.ReadRecord(filepath.Join(c.ModelDir, "training.json"))
	if err != nil {
		return err
	}
	described, err := c.describe(ctx, summary.log)
	if err != nil {
		return err
	}
	var options []mlflow.StartOption
	if c.Spool != "" {
		options = append(options, mlflow.SpoolTo(c.Spool))
	}
	run, err := c.startRun(ctx, *summary, time.Now(), options...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	summary.RunID = run.Run().ID
	if err := run.LogRecord(ctx, training); err != nil {
		return err
	}
	if err := run.LogInputs(ctx, described.Datasets); err != nil {
		return err
	}
	for _, table := range described.Tables {
		if err := run.LogTable(ctx, table.File, table.Table); err != nil {
			return err
		}
	}
	if err := run.LogModel(ctx, mlflow.ModelSpec{
		LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model", Type: c.ModelName, Params: training.Params},
		Dir:             c.ModelDir,
		Metrics:         mlflow.MeasuredOn(described.Datasets, training.Metrics),
	}); err != nil {
		return err
	}
	if err := run.Finish(ctx, mlflow.RunFinished); err != nil {
		return err
	}
	if c.Register != "" {
		version, err := run.Register(ctx, mlflow.VersionSpec{
			RegisteredModel: c.Register, ModelDescription: "Daybreak's recommendations, a version a night.", Model: "model",
		})
		if err != nil {
			return err
		}
		summary.Version = version.Version
	}
	for _, omission := range run.LeftOut() {
		slog.Warn("MLflow was not told all", "left_out", omission)
	}
	if summary.Spooled = run.Spooled(); summary.Spooled {
		slog.Warn("MLflow is away; what it is to be told waits for pipelines replay", "spool", c.Spool)
	}
	return nil
}

// describe makes the card of the model in the folder.
func (c *trainCommand) describe(ctx context.Context, log *interactions.Log) (_ card.Card, err error) {
	m, err := model.Load(c.ModelDir)
	if err != nil {
		return card.Card{}, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	return card.Of(ctx, m, log, c.Events)
}
