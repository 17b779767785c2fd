// Package dataset opens the data of a demo: a shop's export that is there, or that of a simulated
// shop.
package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/simulate"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

// Dataset is a shop's export and how it is read. The caller closes it.
type Dataset struct {
	Export      string // folder or file
	MappingPath string
	Days        []events.Day // that it has, ascending

	mapping *mapping.Mapping
	source  *csv.Source
}

// Open opens the export at path, read as the mapping says.
func Open(ctx context.Context, path, mappingPath string) (*Dataset, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no data at %s; name a folder of daily CSV files or one CSV file, or ask for \"simulated\"", path)
	}
	shop, err := mapping.Load(mappingPath)
	if err != nil {
		return nil, err
	}
	source, err := csv.Open(ctx, path, shop)
	if err != nil {
		return nil, err
	}
	days, err := source.Days(ctx)
	if err != nil {
		return nil, errors.Join(err, source.Close())
	}
	return &Dataset{Export: path, MappingPath: mappingPath, Days: days, mapping: shop, source: source}, nil
}

// Simulate writes the export of a simulated shop into the folder dir and opens it.
func Simulate(ctx context.Context, dir, mappingPath string, shop simulate.Shop) (*Dataset, error) {
	if err := simulate.Export(ctx, dir, shop); err != nil {
		return nil, err
	}
	return Open(ctx, dir, mappingPath)
}

// Name is the shop's, as its mapping has it.
func (d *Dataset) Name() string { return d.mapping.Name }

// Close lets go of the export.
func (d *Dataset) Close() error { return d.source.Close() }

// Ingest ingests a day into the store.
func (d *Dataset) Ingest(ctx context.Context, store *events.Store, day events.Day) error {
	_, err := ingest.Day(ctx, store, d.source, d.mapping, day, ingest.Options{})
	return err
}

// Shuffle writes an export of one day alone into the folder dir: that day with its orders dealt out
// anew among its shoppers. It is seeded by the day.
func (d *Dataset) Shuffle(ctx context.Context, day events.Day, dir string) (simulate.Shuffled, error) {
	return simulate.ShuffleShoppers(ctx, d.source, d.mapping, day, dir, uint64(day.Sub(events.Day{})))
}
