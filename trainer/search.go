package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/search"
)

// mostTrials bounds how many settings are tried.
const mostTrials = 10_000

type searchCommand struct {
	Events           string  `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it."`
	AsOf             string  `required:"" help:"Day, such as 2011-11-07: nothing from its start on is looked at."`
	Out              string  `required:"" type:"path" help:"File to write the best settings to (YAML), for --config. What was measured is kept beside it, in FILE.trials.json: the same command goes on from there."`
	Config           string  `type:"existingfile" help:"Training settings (YAML) to begin with."`
	Trials           int     `default:"20" help:"How many settings to try, those to begin with included."`
	Seed             uint64  `default:"1" help:"Chooses the trials."`
	HoldoutSalt      string  `default:"daybreak" help:"Chooses the holdout group, which is left out of measuring; empty for none."`
	HoldoutShare     float64 `default:"0.2" help:"Share of the shoppers in the holdout group."`
	MlflowURI        string  `name:"mlflow-uri" env:"DAYBREAK_MLFLOW_URI,MLFLOW_TRACKING_URI" help:"MLflow server to log a run to, and one under it for each trial."`
	MlflowExperiment string  `name:"mlflow-experiment" env:"DAYBREAK_MLFLOW_EXPERIMENT,MLFLOW_EXPERIMENT_NAME" default:"daybreak" help:"Experiment to log the runs to."`
}

// searchSummary is what search prints.
type searchSummary struct {
	Config    string             `json:"config"`
	Trial     int                `json:"trial"` // 0: nothing did better than the settings to begin with
	Objective float64            `json:"objective"`
	Values    map[string]float64 `json:"values"`
}

func (c *searchCommand) Run(ctx context.Context, out *command.Output) error {
	asOf, err := events.ParseDay(c.AsOf)
	if err != nil {
		return command.Usagef("--as-of: %v", err)
	}
	if c.Trials < 1 || c.Trials > mostTrials {
		return command.Usagef("--trials is %d; it must be from 1 to %d", c.Trials, mostTrials)
	}
	if !(c.HoldoutShare >= 0 && c.HoldoutShare < 1) {
		return command.Usagef("--holdout-share is %v; it must be at least 0 and less than 1", c.HoldoutShare)
	}
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	if settings.Blend != nil {
		return command.Usagef("--config: a blend ends all choosing; leave it out to search")
	}
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return err
	}
	log, err := interactions.ReadStore(ctx, store, asOf, settings.Interactions())
	if err != nil {
		return err
	}
	in := learn.Input{
		Log: log, AsOf: asOf, Group: holdout.Group{Salt: c.HoldoutSalt, Share: c.HoldoutShare}, Name: "search",
		Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}
	digest, err := learn.Digest(in, settings)
	if err != nil {
		return err
	}
	report, finish, err := c.reporter(ctx, digest)
	if err != nil {
		return err
	}
	best, err := search.Search{
		Base: settings, Trials: c.Trials, Seed: c.Seed, State: c.Out + ".trials.json", Digest: digest, Report: report,
		Measure: func(ctx context.Context, settings learn.Settings, windows int) (float64, error) {
			return learn.Objective(ctx, in, settings, windows)
		},
	}.Run(ctx)
	if err := errors.Join(err, finish(err == nil)); err != nil {
		return fmt.Errorf("%w (the same command goes on from %s.trials.json)", err, c.Out)
	}
	if err := writeSettings(c.Out, best); err != nil {
		return err
	}
	summary := searchSummary{Config: c.Out, Trial: best.Number, Objective: best.Objective(), Values: search.Values(best.Settings)}
	if out.IsJSON() {
		return out.JSON(summary)
	}
	out.Printf("trial %d of %d, objective %.4f, in %s\n", summary.Trial, c.Trials, summary.Objective, summary.Config)
	return nil
}

// writeSettings writes a trial's settings as train --config takes them.
func writeSettings(path string, best search.Trial) error {
	content, err := yaml.Marshal(best.Settings)
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	head := fmt.Sprintf("# Trial %d of a search: NDCG@20 of all purchases plus that of new ones is %.4f on the validation windows.\n", best.Number, best.Objective())
	if err := search.WriteFile(path, append([]byte(head), content...)); err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	return nil
}

// reporter returns a function that shows measurements, and logs each trial to
// MLflow, if it is to, as a run under the search's; and one that ends the runs.
// Logging a measurement again changes nothing.
func (c *searchCommand) reporter(ctx context.Context, digest string) (report func(context.Context, search.Trial) error, finish func(succeeded bool) error, err error) {
	show := func(t search.Trial) {
		slog.Info("trial", "number", t.Number, "windows", len(t.Measured), "objective", t.Objective())
	}
	if c.MlflowURI == "" {
		return func(_ context.Context, t search.Trial) error { show(t); return nil }, func(bool) error { return nil }, nil
	}
	client, err := mlflow.New(c.MlflowURI)
	if err != nil {
		return nil, nil, err
	}
	key := fmt.Sprintf("search/%s/%d", digest, c.Seed)
	parent, err := client.StartRun(ctx, mlflow.RunSpec{
		Experiment: c.MlflowExperiment, Key: key, Name: "search " + c.AsOf, Tags: mlflow.ReadProvenance().Tags(),
	})
	if err != nil {
		return nil, nil, err
	}
	runs := map[int]*mlflow.ActiveRun{}
	report = func(ctx context.Context, t search.Trial) error {
		show(t)
		run := runs[t.Number]
		if run == nil {
			if run, err = client.StartRun(ctx, mlflow.RunSpec{
				Experiment: c.MlflowExperiment, Key: key + "/" + strconv.Itoa(t.Number), Name: fmt.Sprintf("trial %d", t.Number),
				Parent: parent.Run().ID, Start: t.Measured[0].At,
			}); err != nil {
				return err
			}
			runs[t.Number] = run
		}
		return run.LogRecord(ctx, trialRecord(t))
	}
	finish = func(succeeded bool) error {
		status := mlflow.RunFinished
		if !succeeded {
			status = mlflow.RunFailed
		}
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		var errs []error
		for _, run := range runs {
			errs = append(errs, run.Finish(ending, status), run.Close())
		}
		return errors.Join(append(errs, parent.Finish(ending, status), parent.Close())...)
	}
	return report, finish, nil
}

func trialRecord(t search.Trial) mlflow.Record {
	record := mlflow.Record{Params: map[string]string{}}
	for name, value := range search.Values(t.Settings) {
		record.Params[name] = strconv.FormatFloat(value, 'g', -1, 64)
	}
	for rung, m := range t.Measured {
		record.Metrics = append(record.Metrics, mlflow.Metric{Key: "objective", Value: m.Objective, Step: int64(rung + 1), Timestamp: m.At.UnixMilli()})
	}
	return record
}
