package main

import (
	"context"
	"fmt"
	"time"

	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/table"
)

// benchmarked is Daybreak as `trainer benchmark` has it, for any table: a model for
// all purchases and another for new ones, as each peer has, chosen by its contest.
const benchmarked = "Daybreak, trainer benchmark"

// measureBenchmark runs the benchmark on the week's tables, in both settings.
func measureBenchmark(ctx context.Context, w week, k int) (learned, error) {
	lists := map[bool][][]string{}
	var seconds learned
	for _, excludeSeen := range []bool{false, true} {
		options := table.Options{K: k, ExcludeSeen: excludeSeen, Settings: w.Settings}
		report, err := table.Benchmark(ctx, w.trainRows(), w.testRows(), options, func(string, ials.Epoch) {})
		if err != nil {
			return learned{}, fmt.Errorf("%s: %w", benchmarked, err)
		}
		seconds.TuneSeconds += report.Seconds["choose"]
		seconds.FitSeconds += report.Seconds["train"] / 2
		known := map[string][]string{}
		for _, list := range report.Lists {
			known[list.User] = list.Items
		}
		for _, c := range w.Cases {
			lists[excludeSeen] = append(lists[excludeSeen], known[c.User])
		}
	}
	shoppers, err := w.measure(lists[false], lists[true], k)
	if err != nil {
		return learned{}, fmt.Errorf("%s: %w", benchmarked, err)
	}
	seconds.Summary, seconds.shoppers = evaluation.Summarise(shoppers, k), shoppers
	return seconds, nil
}

// trainRows are what writeTable writes; each thing that was done counts alike.
func (w week) trainRows() []table.Row {
	rows := make([]table.Row, len(w.Before.Rows))
	for i, row := range w.Before.Rows {
		rows[i] = table.Row{User: w.Before.Users[row.User], Item: w.Before.Items[row.Item], Value: 1, Seconds: row.Day.Start(time.UTC).Unix()}
	}
	return rows
}

// testRows are what the cases bought.
func (w week) testRows() []table.Row {
	var rows []table.Row
	for _, c := range w.Cases {
		for item := range c.Truth {
			rows = append(rows, table.Row{User: c.User, Item: w.Before.Items[item], Value: 1})
		}
	}
	return rows
}
