package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/table"
)

type benchmarkCommand struct {
	Train       string `required:"" type:"existingfile" help:"Table to learn from: user, item[, value[, unix seconds]], tab-separated, without a header."`
	Test        string `required:"" type:"existingfile" help:"Table to test on, in the same form."`
	K           int    `default:"20" help:"Length of the lists."`
	ExcludeSeen bool   `default:"true" negatable:"" help:"Leave what the user has in the training table out of the lists."`
	Config      string `type:"existingfile" help:"Training settings (YAML)."`
}

func (c *benchmarkCommand) Run(ctx context.Context, out *command.Output) error {
	if c.K < 1 || c.K > 1000 {
		return command.Usagef("--k is %d; it must be from 1 to 1000", c.K)
	}
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	begin := time.Now()
	train, err := table.Read(c.Train)
	if err != nil {
		return err
	}
	test, err := table.Read(c.Test)
	if err != nil {
		return err
	}
	bar := newProgress()
	defer bar.stop()
	read := time.Since(begin).Seconds()
	report, err := table.Benchmark(ctx, train, test, table.Options{K: c.K, ExcludeSeen: c.ExcludeSeen, Settings: settings}, bar.epoch)
	if err != nil {
		return err
	}
	report.Seconds["read"] = read
	if out.IsJSON() {
		return out.JSON(report.Document())
	}
	line := func(name string, m table.Measured) {
		out.Printf("%-12s %.4f  (%.4f to %.4f)\n", fmt.Sprintf("%s@%d", name, c.K), m.Value, m.Interval.Low, m.Interval.High)
	}
	out.Printf("%d users, means with 95 %% intervals\n", report.Users)
	line("recall", report.Recall)
	line("ndcg", report.NDCG)
	line("hr", report.HitRate)
	line("coverage", report.Coverage)
	line("novelty", report.Novelty) // bits
	if contest := report.Model.Contest; contest != nil {
		out.Printf("model        %s, by NDCG on %s:", contest.Winner, contest.HeldBack)
		for _, kind := range slices.Sorted(maps.Keys(contest.NDCG)) {
			out.Printf(" %s %.4f", kind, contest.NDCG[kind])
		}
		out.Printf("\n")
	}
	return nil
}
