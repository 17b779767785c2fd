package main

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

type ingestCommand struct {
	Mapping   string `required:"" type:"existingfile" help:"How the export is read (YAML)."`
	Source    string `required:"" type:"path" help:"The shop's export: a folder with a CSV file a day, or one file."`
	Events    string `required:"" type:"path" help:"Folder to write events/, items/ and quarantine/ into."`
	Day       string `help:"The day, such as 2011-06-01; without it, every day the export has."`
	Until     string `help:"Without --day: the last day to ingest."`
	HashUsers string `help:"Salt by which shoppers' ids are hashed; none leaves them readable."`
}

func (c *ingestCommand) Run(ctx context.Context, out *command.Output) error {
	shop, err := mapping.Load(c.Mapping)
	if err != nil {
		return err
	}
	source, err := csv.Open(ctx, c.Source, shop)
	if err != nil {
		return err
	}
	days, err := c.days(ctx, source)
	if err != nil {
		return err
	}
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return err
	}
	manifests := make([]events.Manifest, 0, len(days))
	for _, day := range days {
		manifest, err := ingest.Day(ctx, store, source, shop, day, ingest.Options{HashUsers: c.HashUsers})
		if err != nil {
			return err
		}
		manifests = append(manifests, manifest)
		out.Printf("%s  %7d rows: %7d kept, %5d duplicates, %6d quarantined; %5d users, %5d items\n",
			day, manifest.Read, manifest.Kept, manifest.Duplicates, manifest.QuarantinedRows(), manifest.Users, manifest.Items)
	}
	if out.IsJSON() {
		return out.JSON(manifests)
	}
	return nil
}

// days gives the days that are asked for.
func (c *ingestCommand) days(ctx context.Context, source *csv.Source) ([]events.Day, error) {
	if c.Day != "" {
		day, err := parseDay("--day", c.Day)
		return []events.Day{day}, err
	}
	days, err := source.Days(ctx)
	if err != nil {
		return nil, err
	}
	if c.Until == "" {
		return days, nil
	}
	until, err := parseDay("--until", c.Until)
	if err != nil {
		return nil, err
	}
	var asked []events.Day
	for _, day := range days {
		if !day.After(until) {
			asked = append(asked, day)
		}
	}
	if len(asked) == 0 {
		return nil, fmt.Errorf("%s has no day up to %s", c.Source, until)
	}
	return asked, nil
}

func parseDay(flag, text string) (events.Day, error) {
	day, err := events.ParseDay(text)
	if err != nil {
		return events.Day{}, command.Usagef("%s: %v", flag, err)
	}
	return day, nil
}
