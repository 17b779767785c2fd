package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/demo/calendar"
	"github.com/daybreak-ml/daybreak/demo/dataset"
	"github.com/daybreak-ml/daybreak/demo/folder"
	"github.com/daybreak-ml/daybreak/demo/load"
	"github.com/daybreak-ml/daybreak/demo/nights"
	"github.com/daybreak-ml/daybreak/demo/progress"
	"github.com/daybreak-ml/daybreak/demo/stack"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/simulate"
)

// simulated, in place of a path, asks for the simulated shop.
const simulated = "simulated"

// model is the registered model's name, and the predictor's of it.
const model = "recommender"

// recently is of how many of the last days shoppers are taken who ask.
const recently = 7

// encore is how long shoppers go on asking after the last night, whose version has just begun to serve.
const encore = 3 * time.Second

// demo is the program's flags.
type demo struct {
	Dataset       string `default:"simulated" help:"A shop's export, a folder with a CSV file a day or one file; or \"simulated\"."`
	Mapping       string `help:"How the export is read (YAML); without it, events/mapping/online-retail.yaml, or simulated.yaml."`
	Days          int    `default:"5" help:"How many nights."`
	Sabotage      string `default:"none" enum:"none,day,model" help:"What goes wrong on the night in the middle: ${enum}."`
	Keep          bool   `default:"true" negatable:"" help:"Leave MLflow and the predictor up until Ctrl-C."`
	Then          string `help:"Shell command to run when the nights are done, with MLFLOW_TRACKING_URI and PREDICTOR_URL in its environment."`
	Data          string `default:"demo-data" type:"path" help:"Folder to work in; what an earlier demo left there is removed."`
	Bin           string `default:"bin" type:"path" help:"Folder that holds the programs pipelines, predictor and trainer."`
	MlflowPort    int    `name:"mlflow-port" default:"5000" help:"MLflow's port, unless it is taken."`
	PredictorPort int    `default:"8080" help:"The predictor's port, unless it is taken."`
	Rate          int    `default:"50" help:"Requests a second that the predictor gets through all of it."`
	Connections   int    `default:"4" help:"Connections that the requests are spread over."`
}

// check says which flag can't be right.
func (d *demo) check() error {
	switch {
	case d.Days < 1:
		return command.Usagef("--days is %d; it must be 1 or more", d.Days)
	case d.Sabotage != string(nights.NoSabotage) && d.Days < nights.LeastNights:
		return command.Usagef("--days is %d; with --sabotage it must be %d or more: one night before the one that goes wrong, and one after", d.Days, nights.LeastNights)
	case d.Rate < 1 || d.Rate > 10_000:
		return command.Usagef("--rate is %d; it must be from 1 to 10000", d.Rate)
	case d.Connections < 1 || d.Connections > 1000:
		return command.Usagef("--connections is %d; it must be from 1 to 1000", d.Connections)
	}
	for _, program := range []string{"pipelines", "predictor", "trainer"} {
		if _, err := exec.LookPath(d.program(program)); err != nil {
			return command.Usagef("--bin: %v; build it there: go build -o %s ./%s", err, d.Bin, program)
		}
	}
	return nil
}

func (d *demo) program(name string) string { return filepath.Join(d.Bin, name) }

// Run runs the demo.
func (d *demo) Run(ctx context.Context, out *command.Output) (err error) {
	began := time.Now()
	if err := d.check(); err != nil {
		return err
	}
	work, err := folder.Open(d.Data)
	if err != nil {
		return command.Usagef("--data: %v", err)
	}
	defer func() { err = errors.Join(err, work.Close()) }()
	data, err := d.open(ctx, work)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	plan, err := calendar.Choose(data.Days, d.Days)
	if err != nil {
		return fmt.Errorf("choose the days: %w", err)
	}
	d.announce(out, data, plan)

	store, up, err := d.prepare(ctx, work, data, plan)
	if err != nil {
		return whyEnded(ctx, err)
	}
	defer func() { err = errors.Join(err, up.Down()) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(up.Watch(ctx)) }()

	report, err := d.nights(ctx, work, data, plan, store, up)
	if !report.began.IsZero() {
		report.FirstAnswer = report.began.Sub(began).Seconds()
	}
	if err := errors.Join(err, report.write(out)); err != nil {
		return err
	}
	return d.stay(ctx, out, store, up, report.newest())
}

// open opens the data that is asked for.
func (d *demo) open(ctx context.Context, work *folder.Folder) (*dataset.Dataset, error) {
	path := d.Mapping
	if d.Dataset != simulated {
		if path == "" {
			path = filepath.Join("events", "mapping", "online-retail.yaml")
		}
		return dataset.Open(ctx, d.Dataset, path)
	}
	if path == "" {
		path = filepath.Join("events", "mapping", "simulated.yaml")
	}
	return dataset.Simulate(ctx, work.Path("export"), path, simulate.DefaultShop())
}

// announce says what the demo is about to do, and on what.
func (d *demo) announce(out *command.Output, data *dataset.Dataset, plan calendar.Plan) {
	kind := "real data: " + data.Name() + " in " + data.Export
	if d.Dataset == simulated {
		kind = "a simulated shop (README says how to use real data), in " + data.Export
	}
	out.Printf("data      %s\n", kind)
	out.Printf("          %d days of it, %s to %s, are history\n", len(plan.History), plan.History[0], plan.History[len(plan.History)-1])
	out.Printf("nights    %d, %s to %s\n", len(plan.Nights), plan.Nights[0], plan.Nights[len(plan.Nights)-1])
	if d.Sabotage != string(nights.NoSabotage) {
		out.Printf("sabotage  %s\n", d.Sabotage)
	}
	out.Printf("\n")
}

// prepare ingests the history and starts MLflow and the predictor, side by side.
func (d *demo) prepare(ctx context.Context, work *folder.Folder, data *dataset.Dataset, plan calendar.Plan) (*events.Store, *stack.Stack, error) {
	store, err := events.OpenStore(work.Path("shop"))
	if err != nil {
		return nil, nil, err
	}
	display := progress.New(os.Stderr)
	defer display.Close()
	var up *stack.Stack
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return nights.IngestHistory(ctx, data, store, plan.History, display) })
	both.Go(func() (err error) {
		task := display.Begin("MLflow and predictor", 1)
		up, err = stack.Up(ctx, stack.Options{
			Predictor: d.program("predictor"), ModelDir: work.Path("shop", "serving", "current"),
			MLflowDir: work.Path("mlflow"), Logs: work.Path("logs"),
			MLflowPort: d.MlflowPort, PredictorPort: d.PredictorPort,
		})
		if err != nil {
			task.Failed()
			return err
		}
		task.Done("up")
		return nil
	})
	if err := both.Wait(); err != nil {
		if up != nil {
			err = errors.Join(err, up.Down())
		}
		return nil, nil, err
	}
	d.warnOfPorts(display, up)
	return store, up, nil
}

// warnOfPorts says where an address is not the one that was asked for.
func (d *demo) warnOfPorts(display progress.Display, up *stack.Stack) {
	for _, s := range []struct {
		name, address string
		wanted        int
	}{{"MLflow", up.MLflow.URI(), d.MlflowPort}, {"the predictor", up.Predictor.URL, d.PredictorPort}} {
		if s.address != fmt.Sprintf("http://127.0.0.1:%d", s.wanted) && s.wanted != 0 {
			display.Say(fmt.Sprintf("port %d is taken by another program: %s answers at %s", s.wanted, s.name, s.address))
		}
	}
}

// nights runs the nights under load. The report holds those that were run, even where one failed.
func (d *demo) nights(ctx context.Context, work *folder.Folder, data *dataset.Dataset, plan calendar.Plan, store *events.Store, up *stack.Stack) (report, error) {
	visitors, err := visitorsOf(ctx, store, plan.History[max(0, len(plan.History)-recently):])
	if err != nil {
		return report{}, err
	}
	log, err := os.Create(work.Path("logs", "pipelines.log"))
	if err != nil {
		return report{}, err
	}
	stream := load.Start(load.Options{
		Predictor: up.Predictor.URL, Model: model, Visitors: visitors,
		Rate: d.Rate, Connections: d.Connections,
	})
	display := progress.New(os.Stderr)
	loop := nights.Loop{
		Pipelines: nights.Pipelines{
			Program: d.program("pipelines"), Trainer: d.program("trainer"),
			Data: work.Path("shop"), Mapping: data.MappingPath,
			MLflow: up.MLflow.URI(), Predictor: up.Predictor.URL, Log: log,
		},
		Dataset: data, Plan: plan, Sabotage: nights.Sabotage(d.Sabotage),
		Folder: work.Root, Requests: stream.Summary, Display: display,
	}
	outcomes, err := loop.Run(ctx)
	display.Close()
	if err == nil {
		wait(ctx, encore)
	}
	requests := stream.Stop()
	if requests.Failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d requests failed; there must be none", requests.Failed, requests.Requests))
	}
	return report{
		Data: data.Name(), Nights: outcomes, Requests: requests,
		MLflow: up.MLflow.URI(), Predictor: up.Predictor.URL,
		rate: d.Rate, connections: d.Connections, began: stream.BeganAt(),
	}, errors.Join(err, log.Close())
}

// whyEnded is what ended the context, where that is what the error comes from.
func whyEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// wait waits for a while, or until the context ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
