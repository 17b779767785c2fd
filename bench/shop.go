package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/simulate"
	"github.com/daybreak-ml/daybreak/events/source/csv"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/weeks"
)

const (
	simulated        = "simulated"
	simulatedMapping = "events/mapping/simulated.yaml"
)

// onlineRetail are the weeks that docs/benchmarks.md reports for the shop of that
// name.
var onlineRetail = []string{"2011-09-05", "2011-10-03", "2011-11-07", "2011-11-28"}

// lastWeeks is how many weeks any other shop is measured on.
const lastWeeks = 4

// A shop is the interactions that training and tests are cut from.
type shop struct {
	Name     string
	Settings learn.Settings // Daybreak's defaults
	log      *interactions.Log
}

// openShop ingests the export in dataset, or that of the default simulated shop,
// by way of an events folder below folder.
func openShop(ctx context.Context, folder, dataset, mappingFile string) (*shop, error) {
	if dataset == simulated {
		dataset, mappingFile = filepath.Join(folder, "export"), simulatedMapping
		if err := simulate.Export(ctx, dataset, simulate.DefaultShop()); err != nil {
			return nil, err
		}
	}
	columns, err := mapping.Load(mappingFile)
	if err != nil {
		return nil, err
	}
	store, err := events.OpenStore(filepath.Join(folder, "data"))
	if err != nil {
		return nil, err
	}
	last, err := ingestAll(ctx, store, dataset, columns)
	if err != nil {
		return nil, err
	}
	settings := learn.DefaultSettings()
	log, err := interactions.ReadStore(ctx, store, last.AddDays(1), settings.Interactions())
	if err != nil {
		return nil, err
	}
	return &shop{Name: columns.Name, Settings: settings, log: log}, nil
}

// ingestAll ingests every day that the export has and returns the last of them.
func ingestAll(ctx context.Context, store *events.Store, export string, columns *mapping.Mapping) (last events.Day, err error) {
	source, err := csv.Open(ctx, export, columns)
	if err != nil {
		return events.Day{}, err
	}
	defer func() {
		if closed := source.Close(); err == nil {
			err = closed
		}
	}()
	days, err := source.Days(ctx)
	if err != nil {
		return events.Day{}, err
	}
	kept := 0
	for _, day := range days {
		manifest, err := ingest.Day(ctx, store, source, columns, day, ingest.Options{})
		if err != nil {
			return events.Day{}, err
		}
		kept += manifest.Kept
		last = day
	}
	slog.Info("ingested", "shop", columns.Name, "days", len(days), "events", kept)
	return last, nil
}

// weeks returns the first days of the test weeks: those asked for, or the shop's.
func (s *shop) weeks(asked []string) ([]events.Day, error) {
	if len(asked) == 0 && s.Name == "online-retail" {
		asked = onlineRetail
	}
	var starts []events.Day
	for _, text := range asked {
		start, err := events.ParseDay(text)
		if err != nil {
			return nil, command.Usagef("--weeks: %v", err)
		}
		starts = append(starts, start)
	}
	if len(asked) == 0 {
		for week := range lastWeeks {
			starts = append(starts, s.log.Last().AddDays(1-(lastWeeks-week)*weeks.Days))
		}
	}
	if first := s.log.First(); !starts[0].After(first) {
		return nil, fmt.Errorf("%s begins on %s; nothing lies before the test week from %s to learn from", s.Name, first, starts[0])
	}
	return starts, nil
}
