package main

import (
	"context"
	"errors"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/paired"
)

type prequentialCommand struct {
	Models []string `required:"" help:"Model folders."`
	Events string   `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it."`
	Day    string   `required:"" help:"The day to measure on, such as 2011-11-08; models learned from it are refused."`
	Config string   `type:"existingfile" help:"Training settings (YAML): which events count."`
}

type prequentialModel struct {
	ModelDir string `json:"model_dir"`
	evaluation.Summary
}

type prequentialReport struct {
	Day    events.Day         `json:"day"`
	Models []prequentialModel `json:"models"`
}

func (c *prequentialCommand) Run(ctx context.Context, out *command.Output) error {
	day, err := events.ParseDay(c.Day)
	if err != nil {
		return command.Usagef("--day: %v", err)
	}
	settings, err := learn.ReadSettings(c.Config)
	if err != nil {
		return err
	}
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return err
	}
	log, err := interactions.ReadStore(ctx, store, day.AddDays(1), settings.Interactions())
	if err != nil {
		return err
	}
	shoppers := paired.Everyone(log, day)
	report := prequentialReport{Day: day, Models: []prequentialModel{}}
	for _, dir := range c.Models {
		summary, err := measureDay(ctx, dir, day, shoppers)
		if err != nil {
			return err
		}
		report.Models = append(report.Models, prequentialModel{ModelDir: dir, Summary: summary})
	}
	if out.IsJSON() {
		return out.JSON(report)
	}
	out.Printf("%s  model\n", summaryHeader(learn.K))
	for _, m := range report.Models {
		out.Printf("%s  %s\n", summaryLine(m.Summary), m.ModelDir)
	}
	return nil
}

// measureDay measures the model in a folder on a day that it must not have seen.
func measureDay(ctx context.Context, dir string, day events.Day, shoppers paired.Day) (summary evaluation.Summary, err error) {
	m, err := model.Load(dir)
	if err != nil {
		return evaluation.Summary{}, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	asOf, err := events.ParseDay(m.Config().AsOf)
	if err != nil {
		return evaluation.Summary{}, err
	}
	if asOf.After(day) {
		return evaluation.Summary{}, command.Usagef("--models: %s has learned from %s (its as-of is %s); name models from before that day", dir, day, asOf)
	}
	return paired.Summarise(ctx, m, []paired.Day{shoppers})
}
