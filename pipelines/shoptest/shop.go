// Package shoptest gives tests of the night a shop: the simulated export of package events/simulate
// and a store it is ingested into.
package shoptest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/simulate"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

// Shop is a simulated shop's export in a temporary folder.
type Shop struct {
	Export  string // the folder of the export
	Mapping string // the mapping's file
	Days    []events.Day

	t       testing.TB
	mapping *mapping.Mapping
	source  *csv.Source
}

// Root is the folder of the repository: the nearest above the working directory that holds go.mod.
func Root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return "."
}

// Start is the first day of the shop.
func Start() events.Day { return events.NewDay(2025, 1, 6) }

// Export exports a small shop of so many days into the folder dir, the same one each time.
func Export(dir string, days int) error {
	return simulate.Export(context.Background(), dir,
		simulate.Shop{Seed: 7, Users: 600, Items: 300, Days: days, Start: Start()})
}

// MappingFile is how a shop's export is read.
func MappingFile() string { return filepath.Join(Root(), "events", "mapping", "simulated.yaml") }

// New gives a test a shop of so many days.
func New(t testing.TB, days int) *Shop {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	require.NoError(t, Export(dir, days))
	return open(t, dir)
}

// Copy gives a test a shop of its own, a copy of an export, which it may spoil.
func Copy(t testing.TB, export string) *Shop {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	require.NoError(t, os.CopyFS(dir, os.DirFS(export)))
	return open(t, dir)
}

func open(t testing.TB, dir string) *Shop {
	t.Helper()
	shop := &Shop{Export: dir, Mapping: MappingFile(), t: t}
	var err error
	shop.mapping, err = mapping.Load(shop.Mapping)
	require.NoError(t, err)
	shop.source, err = csv.Open(context.Background(), dir, shop.mapping)
	require.NoError(t, err)
	shop.Days, err = shop.source.Days(context.Background())
	require.NoError(t, err)
	return shop
}

// Ingest ingests days into a store, as they are in the export.
func (s *Shop) Ingest(store *events.Store, days ...events.Day) {
	s.t.Helper()
	for _, day := range days {
		_, err := ingest.Day(context.Background(), store, s.source, s.mapping, day, ingest.Options{})
		require.NoError(s.t, err)
	}
}

// Shuffle deals the orders of a day of the export to that day's shoppers at random.
func (s *Shop) Shuffle(day events.Day) {
	s.t.Helper()
	_, err := simulate.ShuffleShoppers(context.Background(), s.source, s.mapping, day, s.Export, 1)
	require.NoError(s.t, err)
}
