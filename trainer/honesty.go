package main

import (
	"context"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/trainer/honesty"
)

type honestyCommand struct {
	Pairs  int     `default:"100" help:"Pairs of adjacent nights to compare on each shop."`
	Nights int     `default:"20" help:"Nights on which faulty models are compared with sound ones."`
	Drift  float64 `default:"0.05" help:"How far an item's appeal walks in a day in the shop that drifts (standard deviation of its logarithm)."`
	Seed   uint64  `default:"1" help:"Of the simulated shops."`
}

type honestyReport struct {
	Stationary honesty.Adjacent `json:"stationary"`
	Drifting   honesty.Adjacent `json:"drifting"`
	Power      []honesty.Fault  `json:"power"` // in a sparse shop that drifts
}

func (c *honestyCommand) Run(ctx context.Context, out *command.Output) error {
	options := honesty.Defaults()
	options.Pairs, options.Shop.Seed = c.Pairs, c.Seed
	if c.Pairs < 1 || c.Pairs > options.Shop.Days/2 {
		return command.Usagef("--pairs is %d; it must be from 1 to %d", c.Pairs, options.Shop.Days/2)
	}
	if most := honesty.Sparse().Shop.Days / 2; c.Nights < 1 || c.Nights > most {
		return command.Usagef("--nights is %d; it must be from 1 to %d", c.Nights, most)
	}
	if !(c.Drift >= 0 && c.Drift <= 1) {
		return command.Usagef("--drift is %v; it must be from 0 to 1", c.Drift)
	}
	var report honestyReport
	var err error
	if report.Stationary, err = honesty.MeasureAdjacent(ctx, options); err != nil {
		return err
	}
	options.Shop.Drift = c.Drift
	if report.Drifting, err = honesty.MeasureAdjacent(ctx, options); err != nil {
		return err
	}
	options = honesty.Sparse()
	options.Shop.Seed, options.Shop.Drift, options.Pairs = c.Seed, c.Drift, c.Nights
	if report.Power, err = honesty.MeasurePower(ctx, options); err != nil {
		return err
	}
	if out.IsJSON() {
		return out.JSON(report)
	}
	out.Printf("%-44s  %5s  %4s  %10s  %10s  %s\n", "", "pairs", "ties", "older wins", "newer wins", "newer's NDCG@20")
	line := func(name string, t honesty.Tally) {
		out.Printf("%-44s  %5d  %4d  %10d  %10d  %+.2f %%\n", name, t.Pairs, t.Ties, t.OlderWins, t.NewerWins, 100*t.Difference)
	}
	line("adjacent nights, stationary", report.Stationary.Group)
	line("adjacent nights, stationary, naive", report.Stationary.Naive)
	line("adjacent nights, drifting", report.Drifting.Group)
	line("adjacent nights, drifting, naive", report.Drifting.Naive)
	out.Printf("\n%-44s  %6s  %5s  %-12s  %-12s\n", "sound, then faulty, sparse shop", "nights", "found", "all: NDCG@20", "new: NDCG@20")
	for _, fault := range report.Power {
		out.Printf("%-44s  %6d  %5d  %+10.2f %%  %+10.2f %%\n", fault.Name, fault.All.Pairs, fault.Found, 100*fault.All.Difference, 100*fault.New.Difference)
	}
	return nil
}
