package ingest_test

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

// june1 is a day's export in the dialect of Online Retail, with one row of each kind or more.
const june1 = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
555001,85123A,WHITE LANTERN,6,2011-06-01 00:30:00,2.55,17850.0,United Kingdom
555001,71053,METAL LANTERN,6,2011-06-01 00:30:00,3.39,17850.0,United Kingdom
555001,71053,METAL LANTERN,6,2011-06-01 00:30:00,3.39,17850.0,United Kingdom
555001,71053,METAL LANTERN,6,2011-06-01 00:30:00,3.39,17850.0,United Kingdom
555002,71053,METAL LANTERN,6,2011-06-01 09:00:00,3.39,17850.0,United Kingdom
555003,85123a,WHITE LANTERN NEW,1,2011-06-01 23:59:59,3.00,12583.0,France
C555004,85123A,WHITE LANTERN,-2,2011-06-01 10:00:00,2.55,13047.0,United Kingdom
C555004,85123A,WHITE LANTERN,-2,2011-06-01 10:00:00,2.55,13047.0,United Kingdom
555005,22423,CAKESTAND,1,2011-06-01 11:00:00,12.75,,United Kingdom
555005,22423,CAKESTAND,1,2011-06-01 11:00:00,12.75,,United Kingdom
C555006,22423,CAKESTAND,-1,2011-06-01 11:00:00,12.75,,United Kingdom
555007,POST,POSTAGE,1,2011-06-01 12:00:00,18.00,12583.0,France
555008,22423,CAKESTAND,1,2011-06-01 12:00:00,0.00,12583.0,France
555009,22423,damages,-5,2011-06-01 12:00:00,12.75,12583.0,France
C555010,22423,CAKESTAND,3,2011-06-01 12:00:00,12.75,12583.0,France
555011,22423,CAKESTAND,1,2011-06-02 00:00:00,12.75,12583.0,France
555012,22423,CAKESTAND,1,01/06/2011,12.75,12583.0,France
555013,22423,CAKESTAND,one,2011-06-01 12:00:00,12.75,12583.0,France
555014,22423,CAKESTAND,1,2011-06-01 12:00:00,12.75
555015,22423,9" CAKESTAND,1,2011-06-01 12:00:00,12.75,12583.0,France
`

func TestEveryRowOfADayIsAccountedFor(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	manifest, err := ingest.Day(ctx, store, export(t, june1), onlineRetail(t), day("2011-06-01"), ingest.Options{})
	require.NoError(t, err)
	first, last := at("2011-05-31T23:30:00Z"), at("2011-06-01T22:59:59Z") // London is an hour ahead of UTC
	require.Equal(t, events.Manifest{
		Partition: manifest.Partition,
		Source:    "online-retail", Input: "2011-06-01.csv", TimeZone: "Europe/London",
		Read: 20, Kept: 5, Duplicates: 3,
		Quarantined: map[string]int{
			"no_customer":           3,
			"not_a_product":         1,
			"price_not_positive":    1,
			"quantity_not_positive": 1,
			"cancels_nothing":       1,
			mapping.ReasonOtherDay:  1,
			mapping.ReasonBadTime:   1,
			mapping.ReasonBadNumber: 1,
			mapping.ReasonMalformed: 2,
		},
		Events:          map[events.Type]int{events.Purchase: 4, events.Return: 1},
		DuplicateEvents: map[events.Type]int{events.Purchase: 2, events.Return: 1},
		Users:           3, Items: 2, MinTime: &first, MaxTime: &last,
	}, manifest)
	require.Equal(t, manifest.Read, manifest.Kept+manifest.Duplicates+manifest.QuarantinedRows())

	quarantined, err := store.ReadQuarantine(ctx, day("2011-06-01"))
	require.NoError(t, err)
	require.Len(t, quarantined, 12)
	require.Equal(t, events.Quarantined{
		Reason: mapping.ReasonOtherDay, Detail: "its time is on 2011-06-02", File: "2011-06-01.csv", Line: 17,
		Record: "555011,22423,CAKESTAND,1,2011-06-02 00:00:00,12.75,12583.0,France",
	}, quarantined[7])

	items, err := store.Items(ctx, day("2011-06-01"))
	require.NoError(t, err)
	require.Equal(t, []events.Item{
		{ItemID: "71053", Title: "METAL LANTERN", Price: 3.39, InStock: true, FirstSeen: first, LastSeen: at("2011-06-01T08:00:00Z")},
		{ItemID: "85123A", Title: "WHITE LANTERN NEW", Price: 3, InStock: true, FirstSeen: first, LastSeen: last},
	}, items, "only what was kept describes an item")
}

func TestADayIngestedTwiceHasTheSameBytes(t *testing.T) {
	ctx := context.Background()
	for name, options := range map[string]ingest.Options{
		"as it is":     {},
		"users hashed": {HashUsers: "a salt of 16 bytes, or more"},
	} {
		t.Run(name, func(t *testing.T) {
			one, other := openStore(t), openStore(t)
			first, err := ingest.Day(ctx, one, export(t, june1), onlineRetail(t), day("2011-06-01"), options)
			require.NoError(t, err)
			before := files(t, one.Root)
			again, err := ingest.Day(ctx, one, export(t, june1), onlineRetail(t), day("2011-06-01"), options)
			require.NoError(t, err)
			require.Equal(t, first, again)
			require.Equal(t, before, files(t, one.Root))
			_, err = ingest.Day(ctx, other, export(t, june1), onlineRetail(t), day("2011-06-01"), options)
			require.NoError(t, err)
			require.Equal(t, before, files(t, other.Root))
		})
	}
}

func TestHashedUsersCannotBeRead(t *testing.T) {
	ctx := context.Background()
	plain := ingested(t, ingest.Options{})
	hashed := ingested(t, ingest.Options{HashUsers: "a salt of 16 bytes, or more"})
	again := ingested(t, ingest.Options{HashUsers: "a salt of 16 bytes, or more"})
	salted := ingested(t, ingest.Options{HashUsers: "another salt of 16 bytes"})
	names := map[string]string{}
	for i, event := range read(t, hashed) {
		original := read(t, plain)[i]
		raw, err := hex.DecodeString(event.UserID)
		require.NoError(t, err)
		require.Len(t, raw, 16)
		if name, known := names[original.UserID]; known {
			require.Equal(t, name, event.UserID, "a shopper stays one shopper")
		}
		names[original.UserID] = event.UserID
		require.NotEqual(t, original.EventID, event.EventID, "nor may an event's id give the shopper away")
		require.NotEqual(t, read(t, salted)[i].UserID, event.UserID)
		require.Equal(t, read(t, again)[i], event)
		require.Equal(t, original.ItemID, event.ItemID)
	}
	require.Len(t, names, 3)
	quarantined, err := hashed.ReadQuarantine(ctx, day("2011-06-01"))
	require.NoError(t, err)
	for _, row := range quarantined {
		require.NotContains(t, row.Record+row.Detail, "12583")
	}
	require.Contains(t, quarantined[7].Record, names["12583"])

	_, err = ingest.Day(ctx, openStore(t), export(t, june1), onlineRetail(t), day("2011-06-01"), ingest.Options{HashUsers: "short"})
	require.EqualError(t, err, "hash users: the salt has 5 bytes; give at least 16")
}

func TestDuplicatesMayBeKept(t *testing.T) {
	text, err := os.ReadFile("../mapping/online-retail.yaml")
	require.NoError(t, err)
	m, err := mapping.Parse("m.yaml", append(text, "\nduplicates: keep\n"...))
	require.NoError(t, err)
	store := openStore(t)
	manifest, err := ingest.Day(context.Background(), store, export(t, june1), m, day("2011-06-01"), ingest.Options{})
	require.NoError(t, err)
	require.Zero(t, manifest.Duplicates)
	require.Equal(t, map[events.Type]int{events.Purchase: 6, events.Return: 2}, manifest.Events)

	ids := map[string]bool{}
	for _, event := range read(t, store) {
		require.False(t, ids[event.EventID], "each is an event of its own")
		ids[event.EventID] = true
	}
	for _, event := range read(t, ingested(t, ingest.Options{})) {
		require.True(t, ids[event.EventID], "the first of them has the id it has alone")
	}
}

func TestADayWithoutEventsSaysWhichDaysThereAre(t *testing.T) {
	ctx := context.Background()
	header := june1[:strings.Index(june1, "\n")+1]
	dir := t.TempDir()
	for name, content := range map[string]string{"2011-06-01.csv": june1, "2011-06-03.csv": header, "2011-06-05.csv": june1} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	src, err := csv.Open(ctx, dir, onlineRetail(t))
	require.NoError(t, err)
	store := openStore(t)
	_, err = ingest.Day(ctx, store, src, onlineRetail(t), day("2011-06-02"), ingest.Options{})
	require.ErrorIs(t, err, events.ErrNoEvents)
	require.ErrorContains(t, err, "the nearest days are 2011-06-01, 2011-06-03, 2011-06-05")

	_, err = ingest.Day(ctx, store, src, onlineRetail(t), day("2011-06-03"), ingest.Options{})
	require.ErrorIs(t, err, events.ErrNoEvents, "a file without rows is no better")
	require.ErrorContains(t, err, "the nearest days are 2011-06-01, 2011-06-05")
	days, err := store.Days()
	require.NoError(t, err)
	require.Empty(t, days)
}

func TestAnExportThatTheMappingDoesNotFitIsRefused(t *testing.T) {
	renamed := strings.Replace(june1, "UnitPrice", "Price", 1)
	_, err := ingest.Day(context.Background(), openStore(t), export(t, renamed), onlineRetail(t), day("2011-06-01"), ingest.Options{})
	var missing *mapping.MissingColumnError
	require.ErrorAs(t, err, &missing)
	require.ErrorContains(t, err, `event.price.column: 2011-06-01.csv has no column "UnitPrice"; its columns are InvoiceNo, StockCode, Description, Quantity, InvoiceDate, Price, CustomerID, Country`)
}

func TestADayWhoseRowsCannotBeToldApartIsNotIngested(t *testing.T) {
	store := openStore(t)
	broken := strings.Replace(june1, "CAKESTAND", `"CAKESTAND`, 1)
	_, err := ingest.Day(context.Background(), store, export(t, broken), onlineRetail(t), day("2011-06-01"), ingest.Options{})
	require.ErrorContains(t, err, "a quotation mark in line 10 is never closed")
	_, err = store.Manifest(day("2011-06-01"))
	require.ErrorIs(t, err, events.ErrNotIngested)
}

func TestAnIngestThatIsCalledOffWritesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	src := export(t, june1)
	cancel()
	store := openStore(t)
	_, err := ingest.Day(ctx, store, src, onlineRetail(t), day("2011-06-01"), ingest.Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, files(t, store.Root))
}

func ingested(t *testing.T, options ingest.Options) *events.Store {
	t.Helper()
	store := openStore(t)
	_, err := ingest.Day(context.Background(), store, export(t, june1), onlineRetail(t), day("2011-06-01"), options)
	require.NoError(t, err)
	return store
}

func read(t *testing.T, store *events.Store) []events.Event {
	t.Helper()
	happened, err := store.ReadDay(context.Background(), day("2011-06-01"))
	require.NoError(t, err)
	return happened
}

func openStore(t *testing.T) *events.Store {
	t.Helper()
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	return store
}

func onlineRetail(t *testing.T) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("../mapping/online-retail.yaml")
	require.NoError(t, err)
	return m
}

// export returns a folder of one day's file.
func export(t *testing.T, text string) *csv.Source {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "2011-06-01.csv"), []byte(text), 0o644))
	src, err := csv.Open(context.Background(), dir, onlineRetail(t))
	require.NoError(t, err)
	return src
}

func files(t *testing.T, root string) map[string]string {
	t.Helper()
	content := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		content[path[len(root):]] = string(data)
		return err
	}))
	return content
}

func day(text string) events.Day {
	parsed, err := events.ParseDay(text)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return parsed
}

func at(text string) time.Time {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return moment
}
