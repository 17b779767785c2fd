package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/command/flagfile"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source/csv"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/handover"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
	"github.com/daybreak-ml/daybreak/pipelines/night"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
)

// nightFlags say which night, and what it works on and with.
type nightFlags struct {
	Config       flagfile.Path `type:"existingfile" help:"YAML file of flags: keys are their names; flags and environment variables win over it."`
	Date         string        `help:"The night's day, such as 2011-11-08, which is over; without it, yesterday in --time-zone."`
	TimeZone     string        `default:"UTC" help:"The shop's time zone, such as Europe/London; with --mapping, the mapping's."`
	Data         string        `type:"path" help:"Folder that holds events/, models/, reports/ and serving/."`
	FromSource   string        `type:"path" help:"The shop's export, from which missed days are ingested."`
	Mapping      string        `type:"existingfile" help:"How the export is read (YAML)."`
	HashUsers    string        `help:"Salt by which shoppers' ids are hashed; none leaves them readable."`
	MlflowURI    string        `name:"mlflow-uri" default:"http://127.0.0.1:5000" help:"MLflow server."`
	Experiment   string        `default:"daybreak" help:"MLflow experiment of the runs."`
	ModelName    string        `default:"recommender" help:"Registered model, and the service's name of it."`
	PredictorURL string        `name:"predictor-url" default:"http://127.0.0.1:8080" help:"Where the predictor answers whose --model_dir is <data>/serving/current."`
	ServeTimeout time.Duration `default:"1m" help:"How long the service may take to answer with a new version."`
	Serve        string        `default:"local" enum:"local,inferenceservice" help:"What answers shoppers: a predictor on this machine (local), or KServe's InferenceService: ${enum}."`
	Launch       string        `default:"local" enum:"local,pytorchjob,trainjob" help:"Where training runs: ${enum}."`
	TrainTimeout time.Duration `default:"6h" help:"How long a PyTorchJob or TrainJob may take."`
	TrainerImage string        `help:"Image of the job's training; without it, the template's."`
	Trainer      string        `default:"trainer" help:"The trainer's program, which measures and compares models, and with --launch local trains them."`
	Namespace    string        `help:"Namespace of the job and the InferenceService; without it, the service account's or the kubeconfig's."`
	Templates    string        `type:"existingdir" help:"Folder with pytorchjob.yaml or trainjob.yaml, and inferenceservice.yaml, which say what these have besides what a night fills in."`
	TrainConfig  string        `type:"existingfile" help:"Training settings (YAML)."`
	Policy       string        `type:"existingfile" help:"What the gate decides by (YAML); without it, the default."`
	CheckPolicy  string        `type:"existingfile" help:"When a day is held (YAML); without it, the default."`
}

// BeforeResolve takes flags from the file that --config names.
func (*nightFlags) BeforeResolve(ctx *kong.Context) error { return flagfile.Load(ctx) }

// config makes a night's configuration of the flags.
func (f *nightFlags) config(ctx context.Context) (night.Config, error) {
	if f.Data == "" {
		return night.Config{}, command.Usagef("--data is missing: name the folder that holds events/, models/, reports/ and serving/")
	}
	if (f.FromSource == "") != (f.Mapping == "") {
		return night.Config{}, command.Usagef("--from-source and --mapping go together: the export, and how it is read")
	}
	checkPolicy, err := check.Load(f.CheckPolicy)
	if err != nil {
		return night.Config{}, err
	}
	gatePolicy, err := gate.Load(f.Policy)
	if err != nil {
		return night.Config{}, err
	}
	client, err := mlflow.New(f.MlflowURI)
	if err != nil {
		return night.Config{}, command.Usagef("--mlflow-uri: %v", err)
	}
	trainer := launch.Program{Path: f.Trainer, Log: os.Stderr}
	config := night.Config{
		Data:        f.Data,
		Trainer:     trainer,
		TrainConfig: f.TrainConfig,
		CheckPolicy: checkPolicy,
		GatePolicy:  gatePolicy,
		Registry:    registry.Registry{Client: client, Model: f.ModelName, Experiment: f.Experiment},
	}
	serving := handover.Local{
		Registry:  client,
		Model:     f.ModelName,
		Serving:   filepath.Join(f.Data, "serving"),
		Predictor: handover.Predictor{URL: f.PredictorURL, Model: f.ModelName},
		Timeout:   f.ServeTimeout,
	}
	config.Launcher, config.Service = launch.Local{Trainer: trainer}, serving
	if f.onCluster() {
		if err := f.useCluster(&config, serving); err != nil {
			return night.Config{}, err
		}
	}
	if config.Export, err = f.export(ctx); err != nil {
		return night.Config{}, err
	}
	config.Date, err = f.date(config.Export)
	return config, err
}

func (f *nightFlags) export(ctx context.Context) (*night.Export, error) {
	if f.FromSource == "" {
		return nil, nil
	}
	shop, err := mapping.Load(f.Mapping)
	if err != nil {
		return nil, err
	}
	source, err := csv.Open(ctx, f.FromSource, shop)
	if err != nil {
		return nil, err
	}
	return &night.Export{Source: source, Mapping: shop, Options: ingest.Options{HashUsers: f.HashUsers}}, nil
}

// date gives the night's day: the one asked for, or yesterday where the shop is.
func (f *nightFlags) date(export *night.Export) (events.Day, error) {
	if f.Date != "" {
		return parseDay("--date", f.Date)
	}
	if export != nil {
		return events.DayOf(time.Now(), export.Mapping.Location()).AddDays(-1), nil
	}
	zone, err := time.LoadLocation(f.TimeZone)
	if err != nil {
		return events.Day{}, command.Usagef("--time-zone is %q; it must be a name such as Europe/London", f.TimeZone)
	}
	return events.DayOf(time.Now(), zone).AddDays(-1), nil
}

// only does one step of the night.
func (f *nightFlags) only(ctx context.Context, out *command.Output, step night.Step) error {
	config, err := f.config(ctx)
	if err != nil {
		return err
	}
	result, err := night.Only(ctx, config, step)
	if err != nil {
		return err
	}
	return show(out, result)
}

type nightCommand struct {
	nightFlags
	Release string `help:"Instead of a night: release this held day, so that the next night learns from it."`
	Reason  string `help:"With --release: why."`
	Who     string `help:"With --release: who; without it, the user of this process."`
}

func (c *nightCommand) Run(ctx context.Context, out *command.Output) error {
	if c.Release != "" {
		return c.release(out)
	}
	config, err := c.config(ctx)
	if err != nil {
		return err
	}
	result, err := night.Run(ctx, config)
	if err != nil {
		return err
	}
	return show(out, result)
}

func (c *nightCommand) release(out *command.Output) error {
	day, err := parseDay("--release", c.Release)
	if err != nil {
		return err
	}
	switch {
	case c.Data == "":
		return command.Usagef("--data is missing: name the folder that holds events/")
	case c.Reason == "":
		return command.Usagef("--reason is missing: say why %s may be learned from", day)
	}
	who := c.Who
	if who == "" {
		account, err := user.Current()
		if err != nil {
			return command.Usagef("--who is missing, and the user of this process is not known (%v): say who releases %s", err, day)
		}
		who = account.Username
	}
	if err := night.Release(c.Data, day, who, c.Reason); err != nil {
		return err
	}
	if out.IsJSON() {
		return out.JSON(map[string]string{"released": day.String(), "by": who, "reason": c.Reason})
	}
	out.Printf("%s released by %s: %s\n", day, who, c.Reason)
	return nil
}

// show prints what a night came to.
func show(out *command.Output, result night.Result) error {
	if out.IsJSON() {
		return out.JSON(result)
	}
	out.Printf("%s  %d events of %d users on %d items\n", result.Date, result.Events, result.Users, result.Items)
	out.Printf("check    %s %s\n", result.Check.Verdict, join(result.Check.Reasons))
	if result.Metrics != nil {
		out.Printf("model    recall@20 %.4f, NDCG@20 %.4f\n", result.Metrics.Recall, result.Metrics.NDCG)
	}
	if result.Gate != nil {
		out.Printf("gate     %s: %s\n", result.Gate.Verdict, result.Gate.Reason)
	}
	out.Printf("version  %s; version %s serves\n", or(result.Version), or(result.ServingVersion))
	return nil
}

func join(reasons []string) string {
	text := ""
	for _, reason := range reasons {
		text += fmt.Sprintf("\n         %s", reason)
	}
	return text
}

func or(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

type prequentialCommand struct{ nightFlags }

func (c *prequentialCommand) Run(ctx context.Context, out *command.Output) error {
	return c.only(ctx, out, night.Prequential)
}

type trainCommand struct{ nightFlags }

func (c *trainCommand) Run(ctx context.Context, out *command.Output) error {
	return c.only(ctx, out, night.Train)
}

type logCommand struct{ nightFlags }

func (c *logCommand) Run(ctx context.Context, out *command.Output) error {
	return c.only(ctx, out, night.Log)
}

type registerCommand struct{ nightFlags }

func (c *registerCommand) Run(ctx context.Context, out *command.Output) error {
	return c.only(ctx, out, night.Register)
}

type serveCommand struct{ nightFlags }

func (c *serveCommand) Run(ctx context.Context, out *command.Output) error {
	return c.only(ctx, out, night.HandOver)
}
