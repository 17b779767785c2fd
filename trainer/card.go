package main

import (
	"context"
	"errors"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/card"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

type cardCommand struct {
	Model  string `required:"" type:"existingdir" help:"Model folder."`
	Events string `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it."`
	Config string `type:"existingfile" help:"Training settings (YAML): which events count."`
}

func (c *cardCommand) Run(ctx context.Context, out *command.Output) (err error) {
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	asOf, err := events.ParseDay(m.Config().AsOf)
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
	described, err := card.Of(ctx, m, log, c.Events)
	if err != nil {
		return err
	}
	if out.IsJSON() {
		return out.JSON(described)
	}
	out.Printf("lists of %d for %d shoppers show %d of %d items; %.0f %% of the places hold what the shopper had before\n",
		described.K, described.Shoppers, described.Coverage.Recommended, described.Coverage.Items, 100*described.Coverage.Repeats)
	for _, table := range described.Tables {
		out.Printf("\n%s\n%v\n", table.Title, table.Columns)
		for _, row := range table.Data {
			out.Printf("%v\n", row)
		}
	}
	return nil
}
