package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/golden"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/paired"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
	"github.com/daybreak-ml/daybreak/trainer/record"
)

type trainCommand struct {
	Events           string  `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it."`
	AsOf             string  `required:"" help:"Day, such as 2011-11-07: the model learns from what came before its start."`
	ModelDir         string  `required:"" type:"path" help:"Folder to write. A complete model of the same inputs in it is left as it is."`
	ModelName        string  `default:"recommender" help:"Name of the model."`
	Config           string  `type:"existingfile" help:"Training settings (YAML)."`
	Seed             *uint64 `help:"Seed, instead of the settings'."`
	HoldoutSalt      string  `default:"daybreak" help:"Chooses the holdout group; empty for none."`
	HoldoutShare     float64 `default:"0.2" help:"Share of the shoppers in the holdout group."`
	MlflowURI        string  `name:"mlflow-uri" env:"DAYBREAK_MLFLOW_URI,MLFLOW_TRACKING_URI" help:"MLflow server to log the run to, such as http://127.0.0.1:5000."`
	MlflowExperiment string  `name:"mlflow-experiment" env:"DAYBREAK_MLFLOW_EXPERIMENT,MLFLOW_EXPERIMENT_NAME" default:"daybreak" help:"Experiment to log the run to."`
	MlflowRun        string  `name:"mlflow-run" help:"Run to show the training in while it goes on; who names it logs the model to it. Without it, a run is made and the model logged."`
	Spool            string  `type:"path" help:"Folder to write the run to while MLflow is away; pipelines replay sends it."`
	Register         string  `help:"Registered model to make a version of, at the MLflow server."`
	togetherFlags
}

// trainSummary is what train prints.
type trainSummary struct {
	ModelDir   string              `json:"model_dir"`
	AsOf       string              `json:"as_of"`
	Events     int                 `json:"events"`
	Users      int                 `json:"users"`
	Items      int                 `json:"items"`
	Seconds    map[string]float64  `json:"seconds"`
	Validation *evaluation.Summary `json:"validation,omitempty"`
	Holdout    *evaluation.Summary `json:"holdout,omitempty"`
	Digest     string              `json:"digest"`
	Reused     bool                `json:"reused"` // the folder held this very model already
	RunID      string              `json:"run_id,omitempty"`
	Version    string              `json:"version,omitempty"`
	Spooled    bool                `json:"spooled,omitempty"` // MLflow was away: the run waits in the spool folder

	log *interactions.Log // what the model is learned from
}

func (c *trainCommand) Run(ctx context.Context, out *command.Output) error {
	asOf, err := events.ParseDay(c.AsOf)
	if err != nil {
		return command.Usagef("--as-of: %v", err)
	}
	if !(c.HoldoutShare >= 0 && c.HoldoutShare < 1) {
		return command.Usagef("--holdout-share is %v; it must be at least 0 and less than 1", c.HoldoutShare)
	}
	if c.MlflowRun != "" && (c.MlflowURI == "" || c.Register != "") {
		return command.Usagef("--mlflow-run needs --mlflow-uri, and leaves logging and --register to who names the run")
	}
	if c.Register != "" && c.MlflowURI == "" {
		return command.Usagef("--register needs --mlflow-uri, the server to register %q at", c.Register)
	}
	if err := c.validate(); err != nil {
		return err
	}
	launch, err := ranks.FromEnvironment(os.Getenv)
	if err != nil {
		return command.Usagef("%v", err)
	}
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	if c.Seed != nil {
		settings.Seed = *c.Seed
	}
	if !launch.Leads() {
		return c.assist(ctx, launch, asOf, settings)
	}
	summary, err := c.train(ctx, launch, asOf, settings)
	if err != nil {
		return resumable(ctx, err)
	}
	if c.MlflowURI != "" && c.MlflowRun == "" {
		if err := c.log(ctx, &summary); err != nil {
			return resumable(ctx, fmt.Errorf("the model is kept in %s; run the same command again to log it: %w", c.ModelDir, err))
		}
	}
	if out.IsJSON() {
		return out.JSON(summary)
	}
	out.Printf("model of %d events, %d users, %d items as of %s in %s\n", summary.Events, summary.Users, summary.Items, summary.AsOf, summary.ModelDir)
	if summary.Validation != nil {
		out.Printf("%-10s  %s\n%-10s  %s\n", "", summaryHeader(learn.K), "validation", summaryLine(*summary.Validation))
	}
	if summary.Holdout != nil {
		out.Printf("%-10s  %s\n", "holdout", summaryLine(*summary.Holdout))
	}
	if summary.Version != "" {
		out.Printf("version %s of %s, run %s\n", summary.Version, c.Register, summary.RunID)
	}
	return nil
}

// train makes sure that the folder holds the model of these inputs.
func (c *trainCommand) train(ctx context.Context, launch ranks.Launch, asOf events.Day, settings learn.Settings) (summary trainSummary, err error) {
	begin := time.Now()
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return trainSummary{}, err
	}
	team, err := c.lead(launch, store, asOf, settings)
	if err != nil {
		return trainSummary{}, err
	}
	defer func() { team.Close(err) }()
	log, err := interactions.Reader{Team: team}.Read(ctx, store, asOf, settings.Interactions())
	if err != nil {
		return trainSummary{}, err
	}
	items, listed, err := catalogue(ctx, store, asOf.AddDays(-1))
	if err != nil {
		return trainSummary{}, err
	}
	in := learn.Input{Log: log, AsOf: asOf, Group: holdout.Group{Salt: c.HoldoutSalt, Share: c.HoldoutShare}, Name: c.ModelName, Items: items, Listed: listed, Team: team, Checkpoints: c.checkpoints(c.ModelDir)}
	read := time.Since(begin).Seconds()
	digest, err := learn.Digest(in, settings)
	if err != nil {
		return trainSummary{}, err
	}
	summary = trainSummary{
		ModelDir: c.ModelDir, AsOf: c.AsOf, Events: log.Events, Users: len(log.Users), Items: len(log.Items),
		Digest: digest, Seconds: map[string]float64{"read": read}, log: log,
	}
	if summary.Reused, err = holds(c.ModelDir, digest); err != nil || summary.Reused {
		return summary, err
	}
	view := c.show(ctx, summary, begin)
	defer view.Stop()
	journal := record.NewJournal(view.Metric)
	journal.Data(log.Events, len(log.Users), len(log.Items))
	bar := newProgress()
	defer bar.stop()
	job := newJobProgress(settings, begin)
	defer job.reporter.Close()
	in.Validated = func(epoch int, ndcg float64) {
		bar.validated(epoch, ndcg)
		job.validated(ndcg)
		journal.Validated(epoch, ndcg)
	}
	trained, err := learn.Train(ctx, in, settings, func(stage string, epoch ials.Epoch) {
		bar.epoch(stage, epoch)
		job.epoch(stage, epoch)
		journal.Epoch(stage, epoch)
	})
	if err != nil {
		return trainSummary{}, err
	}
	for stage, seconds := range trained.Seconds {
		summary.Seconds[stage] = seconds
	}
	summary.Validation = trained.Validation
	begin = time.Now()
	m, err := model.New(trained.Parameters)
	if err != nil {
		return trainSummary{}, err
	}
	if summary.Holdout, err = measureHoldout(ctx, m, log, in); err != nil {
		return trainSummary{}, err
	}
	if trained.Parameters.Golden, err = golden.Make(m); err != nil {
		return trainSummary{}, err
	}
	summary.Seconds["evaluate"] = time.Since(begin).Seconds()
	trained.Parameters.Training = record.Of(trained, summary.Holdout, summary.Seconds, journal)
	begin = time.Now()
	if err := model.Write(c.ModelDir, trained.Parameters); err != nil {
		return trainSummary{}, err
	}
	summary.Seconds["write"] = time.Since(begin).Seconds()
	job.finished(summary.Validation, summary.Holdout)
	return summary, in.Checkpoints.Remove()
}

// holds says whether the folder is a complete model of these inputs. Another
// model in its place is an error: a model folder never changes.
func holds(dir, digest string) (bool, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	m, err := model.Load(dir)
	if err != nil {
		return false, fmt.Errorf("--model-dir %s exists but is no model; give a folder that doesn't exist: %w", dir, err)
	}
	found := m.Config().Data.Digest
	if err := m.Close(); err != nil {
		return false, err
	}
	if found != digest {
		return false, fmt.Errorf("--model-dir %s holds a model of other data or settings (digest %.12s, not %.12s); give a folder that doesn't exist", dir, found, digest)
	}
	slog.Info("the folder holds this model already", "model_dir", dir)
	return true, nil
}

// measureHoldout returns how the model does on its holdout group's last days, or
// nil where there is nothing to measure on.
func measureHoldout(ctx context.Context, m *model.Model, log *interactions.Log, in learn.Input) (*evaluation.Summary, error) {
	days := paired.Days(log, in.AsOf, in.Group)
	if len(days) == 0 {
		return nil, nil
	}
	summary, err := paired.Summarise(ctx, m, days)
	if err != nil {
		return nil, fmt.Errorf("measure on the holdout group: %w", err)
	}
	return &summary, nil
}
