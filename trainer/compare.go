package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/paired"
)

type compareCommand struct {
	Models []string `required:"" help:"Two model folders: the one that serves, and the new one."`
	Events string   `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it."`
	Out    string   `required:"" type:"path" help:"Parquet file to write: shopper, day, setting, metric, old, new."`
	Config string   `type:"existingfile" help:"Training settings (YAML): which events count."`
}

type compareSummary struct {
	Out      string `json:"out"`
	Rows     int    `json:"rows"`
	Days     int    `json:"days"`
	Shoppers int    `json:"shoppers"`
	// Skipped says why there is nothing to compare on; the file then has no rows.
	Skipped string `json:"skipped,omitempty"`
}

func (c *compareCommand) Run(ctx context.Context, out *command.Output) (err error) {
	if len(c.Models) != 2 {
		return command.Usagef("--models names %d folders; it must name two, OLD,NEW", len(c.Models))
	}
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	var models [2]*model.Model
	for i, dir := range c.Models {
		m, loadErr := model.Load(dir)
		if loadErr != nil {
			return loadErr
		}
		defer func() { err = errors.Join(err, m.Close()) }()
		if goldenErr := model.VerifyGolden(m); goldenErr != nil {
			return fmt.Errorf("model %s: %w", dir, goldenErr)
		}
		models[i] = m
	}
	summary := compareSummary{Out: c.Out}
	older, newer := models[0].Config(), models[1].Config()
	var rows []paired.Row
	if older.HoldoutSalt != newer.HoldoutSalt || older.HoldoutShare != newer.HoldoutShare {
		summary.Skipped = "the models were learned with different holdout groups: each has seen the other's"
	} else if newer.HoldoutSalt == "" {
		summary.Skipped = "the models were learned without a holdout group"
	} else {
		asOf, err := events.ParseDay(newer.AsOf)
		if err != nil {
			return err
		}
		store, err := events.OpenStore(c.Events)
		if err != nil {
			return err
		}
		log, err := interactions.ReadStore(ctx, store, asOf, settings.Interactions())
		if err != nil {
			return err
		}
		days := paired.Days(log, asOf, holdout.Group{Salt: newer.HoldoutSalt, Share: newer.HoldoutShare})
		if rows, err = paired.Compare(ctx, models[0], models[1], days); err != nil {
			return err
		}
		summary.Days = len(days)
	}
	distinct := map[string]bool{}
	for _, row := range rows {
		distinct[row.Shopper] = true
	}
	summary.Rows, summary.Shoppers = len(rows), len(distinct)
	if err := paired.Write(c.Out, rows); err != nil {
		return err
	}
	if out.IsJSON() {
		return out.JSON(summary)
	}
	out.Printf("%d rows of %d shoppers on %d days in %s\n", summary.Rows, summary.Shoppers, summary.Days, summary.Out)
	if summary.Skipped != "" {
		out.Printf("not compared: %s\n", summary.Skipped)
	}
	return nil
}
