package ingest_test

import (
	"context"
	"fmt"
	"os"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/simulate"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

// A shop's export becomes events, a day at a time; every row is accounted for.
func Example() {
	if err := ingestAll(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2025-01-06: every row accounted for: true
	// 2025-01-07: every row accounted for: true
}

func ingestAll() error {
	ctx := context.Background()
	root, err := os.MkdirTemp("", "ingest-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(root) }()
	shop := simulate.Shop{Seed: 1, Users: 50, Items: 48, Days: 2, Start: events.NewDay(2025, 1, 6)}
	if err := simulate.Export(ctx, root+"/export", shop); err != nil {
		return err
	}

	m, err := mapping.Load("../mapping/simulated.yaml")
	if err != nil {
		return err
	}
	src, err := csv.Open(ctx, root+"/export", m)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	store, err := events.OpenStore(root + "/data")
	if err != nil {
		return err
	}
	days, err := src.Days(ctx)
	if err != nil {
		return err
	}
	for _, day := range days {
		manifest, err := ingest.Day(ctx, store, src, m, day, ingest.Options{})
		if err != nil {
			return err
		}
		accounted := manifest.Kept + manifest.Duplicates + manifest.QuarantinedRows()
		fmt.Printf("%s: every row accounted for: %t\n", day, manifest.Read == accounted)
	}
	return nil
}
