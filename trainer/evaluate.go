package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/search"
	"github.com/daybreak-ml/daybreak/trainer/weeks"
)

type evaluateCommand struct {
	Events string   `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it."`
	Weeks  []string `required:"" help:"First days of the weeks, such as 2011-11-07,2011-11-28."`
	K      int      `default:"20" help:"Length of the lists."`
	Config string   `type:"existingfile" help:"Training settings (YAML)."`
	Trials int      `default:"1" help:"How many settings to search before each week, as trainer search does, those of --config included; 1 for these alone."`
	Seed   uint64   `default:"1" help:"Chooses the trials."`
	Ahead  bool     `help:"The catalogue at each week's end is known at its start, so that products first sold in the week are listed before, as a shop lists what it is about to sell."`
}

func (c *evaluateCommand) Run(ctx context.Context, out *command.Output) error {
	if c.K < 1 {
		return command.Usagef("--k is %d; it must be 1 or more", c.K)
	}
	if c.Trials < 1 || c.Trials > mostTrials {
		return command.Usagef("--trials is %d; it must be from 1 to %d", c.Trials, mostTrials)
	}
	starts, err := parseDays("--weeks", c.Weeks)
	if err != nil {
		return err
	}
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	if c.Trials > 1 && settings.Blend != nil {
		return command.Usagef("--config: a blend ends all choosing; leave it out for --trials")
	}
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return err
	}
	last := starts[0]
	for _, start := range starts {
		if start.After(last) {
			last = start
		}
	}
	log, err := interactions.ReadStore(ctx, store, last.AddDays(weeks.Days), settings.Interactions())
	if err != nil {
		return err
	}
	bar := newProgress()
	defer bar.stop()
	report, err := weeks.Evaluate(ctx, log, starts, weeks.Options{
		K: c.K, Choose: c.choose(settings),
		Catalogue: func(ctx context.Context, asOf events.Day) (func(string) learn.ItemFacts, []string, error) {
			if c.Ahead {
				return catalogue(ctx, store, asOf.AddDays(weeks.Days-1))
			}
			return catalogue(ctx, store, asOf.AddDays(-1))
		},
	}, bar.epoch)
	if err != nil {
		return err
	}
	if out.IsJSON() {
		return out.JSON(report)
	}
	out.Printf("%-10s  %s\n", "week from", summaryHeader(c.K))
	for _, window := range report.Windows {
		out.Printf("%-10s  %s\n", window.Start, summaryLine(window.Summary))
	}
	out.Printf("%-10s  %s\n", "mean", summaryLine(report.Mean))
	out.Printf("\nmean of the weeks, with 95 %% intervals\n%-18s  %6s  %-25s  %-25s\n", "", "users",
		fmt.Sprintf("recall@%d", c.K), fmt.Sprintf("ndcg@%d", c.K))
	out.Printf("%s\n%s\n", estimateLine("all", report.Intervals.All), estimateLine("new", report.Intervals.New))
	for _, name := range evaluation.SegmentNames() {
		if estimate, ok := report.Segments[name]; ok {
			out.Printf("%s\n", estimateLine(name, estimate))
		}
	}
	out.Printf("\n%d products that nobody had before and %d that fewer than 10 shoppers had, in lists of what is new to the shopper and on a shelf of such alone\n",
		report.NewProducts.Unsold.Products, report.NewProducts.LittleSold.Products)
	for _, of := range []struct {
		name  string
		found weeks.Found
	}{{"unsold", report.NewProducts.Unsold}, {"little sold", report.NewProducts.LittleSold}} {
		out.Printf("%s\n%s\n", estimateLine(of.name+", list", of.found.List), estimateLine(of.name+", shelf", of.found.Shelf))
	}
	return nil
}

// choose searches before each week, on what lies before it alone.
func (c *evaluateCommand) choose(settings learn.Settings) weeks.Choose {
	if c.Trials == 1 {
		return weeks.Always(settings)
	}
	return func(ctx context.Context, in learn.Input) (learn.Settings, error) {
		best, err := search.Search{
			Base: settings, Trials: c.Trials, Seed: c.Seed,
			Measure: func(ctx context.Context, settings learn.Settings, windows int) (float64, error) {
				return learn.Objective(ctx, in, settings, windows)
			},
			Report: func(_ context.Context, t search.Trial) error {
				slog.Info("trial", "week", in.AsOf, "number", t.Number, "windows", len(t.Measured), "objective", t.Objective())
				return nil
			},
		}.Run(ctx)
		if err != nil {
			return learn.Settings{}, err
		}
		slog.Info("searched", "week", in.AsOf, "trial", best.Number, "values", search.Values(best.Settings))
		return best.Settings, nil
	}
}

func summaryHeader(k int) string {
	return fmt.Sprintf("all: users recall@%d ndcg@%d  new: users recall@%d ndcg@%d", k, k, k, k)
}

func summaryLine(s evaluation.Summary) string {
	return fmt.Sprintf("%10d %9.4f %7.4f  %10d %9.4f %7.4f", s.All.Users, s.All.Recall, s.All.NDCG, s.New.Users, s.New.Recall, s.New.NDCG)
}

func estimateLine(name string, e evaluation.Estimate) string {
	with := func(value float64, interval evaluation.Interval) string {
		return fmt.Sprintf("%.4f  (%.4f to %.4f)", value, interval.Low, interval.High)
	}
	return fmt.Sprintf("%-18s  %6d  %s  %s", name, e.Users, with(e.Recall, e.RecallInterval), with(e.NDCG, e.NDCGInterval))
}

// parseDays reads the days that a flag lists.
func parseDays(flag string, texts []string) ([]events.Day, error) {
	days := make([]events.Day, len(texts))
	for i, text := range texts {
		var err error
		if days[i], err = events.ParseDay(text); err != nil {
			return nil, command.Usagef("%s: %v", flag, err)
		}
	}
	return days, nil
}
