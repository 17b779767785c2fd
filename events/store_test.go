package events_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/events"
)

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	full := events.Event{
		EventID: "e1", UserID: "17850", ItemID: "85123A", Type: events.Click, Value: 15.3, Quantity: 6, Price: 2.55,
		Time: time.Date(2011, 6, 1, 8, 26, 0, 123_456_000, time.UTC), SessionID: "536365", RequestID: "r1", Position: 3,
		ModelVersion: "13", Strategy: "blend", Source: "storefront",
	}
	bare := events.Event{EventID: "e2", UserID: "ü", ItemID: "i", Type: events.View, Time: full.Time.Add(time.Hour)}
	row := events.Quarantined{Reason: "no_customer", Detail: "why", File: "2011-06-01.csv", Line: 17, Record: "a,b"}
	batch := batchOf(bare, full)
	batch.Read, batch.Quarantined, batch.Duplicates = 5, []events.Quarantined{row}, map[events.Type]int{events.Click: 2}

	manifest, err := store.WriteDay(ctx, june1, batch)
	require.NoError(t, err)
	got, err := store.ReadDay(ctx, june1)
	require.NoError(t, err)
	require.Equal(t, []events.Event{full, bare}, got, "ascending by time")
	quarantined, err := store.ReadQuarantine(ctx, june1)
	require.NoError(t, err)
	require.Equal(t, []events.Quarantined{row}, quarantined)

	stored, err := store.Manifest(june1)
	require.NoError(t, err)
	require.Equal(t, manifest, stored)
	require.Equal(t, events.Manifest{
		Partition: events.Partition{
			FormatVersion: 1, Day: june1, Generation: 1, Rows: 2,
			File: "part-00000.parquet", Bytes: stored.Bytes, SHA256: stored.SHA256,
		},
		Source: "test", TimeZone: "Europe/London",
		Read: 5, Kept: 2, Duplicates: 2, Quarantined: map[string]int{"no_customer": 1},
		Events:          map[events.Type]int{events.Click: 1, events.View: 1},
		DuplicateEvents: map[events.Type]int{events.Click: 2},
		Users:           2, Items: 2, MinTime: &full.Time, MaxTime: &bare.Time,
	}, stored)
	require.Equal(t, 1, stored.QuarantinedRows())
	location, err := stored.Location()
	require.NoError(t, err)
	require.Equal(t, "Europe/London", location.String())
}

func TestADayWrittenAgainHasTheSameBytes(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	batch := batchOf(purchases(june1, 3000)...)
	batch.Items = []events.Item{{ItemID: "a", Title: "LAMP", FirstSeen: batch.Events[0].Time, LastSeen: batch.Events[0].Time}}
	_, err := store.WriteDay(ctx, june1, batch)
	require.NoError(t, err)
	before := files(t, store.Root)
	require.Len(t, before, 7, "three partitions of two files, and the lock")

	_, err = store.WriteDay(ctx, june1, batch)
	require.NoError(t, err)
	require.Equal(t, before, files(t, store.Root))

	elsewhere := openStore(t)
	_, err = elsewhere.WriteDay(ctx, june1, batch)
	require.NoError(t, err)
	require.Equal(t, before, files(t, elsewhere.Root))
}

func TestOtherContentIsAnotherGeneration(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	for generation := 1; generation <= 3; generation++ {
		manifest, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, generation)...))
		require.NoError(t, err)
		require.Equal(t, generation, manifest.Generation)
		got, err := store.ReadDay(ctx, june1)
		require.NoError(t, err)
		require.Len(t, got, generation)
		require.Len(t, names(t, filepath.Join(store.Root, "events", "dt=2011-06-01")), 2, "the old file is gone")
	}
}

func TestADayMayBeReadWhileItIsWritten(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	_, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, 1)...))
	require.NoError(t, err)
	var writers errgroup.Group
	for w := range 2 {
		writers.Go(func() error {
			for n := range 10 {
				if _, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, 1+w+n)...)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	done := make(chan error)
	go func() { done <- writers.Wait() }()
	for reading := true; reading; {
		select {
		case err := <-done:
			require.NoError(t, err)
			reading = false
		default:
			_, err := store.ReadDay(ctx, june1)
			require.NoError(t, err)
		}
	}
	manifest, err := store.Manifest(june1)
	require.NoError(t, err)
	require.Len(t, names(t, filepath.Join(store.Root, "events", "dt=2011-06-01")), 2)
	got, err := store.ReadDay(ctx, june1)
	require.NoError(t, err)
	require.Len(t, got, manifest.Kept)
}

func TestABatchThatDoesNotHoldTogetherIsRefused(t *testing.T) {
	broken := func(change func(*events.Event)) events.Batch {
		bought := purchases(june1, 2)
		change(&bought[1])
		return batchOf(bought...)
	}
	sound := batchOf(purchases(june1, 2)...)
	tests := map[string]struct {
		batch events.Batch
		says  string
	}{
		"a row disappeared": {
			events.Batch{TimeZone: "UTC", Read: 3, Events: sound.Events},
			"3 rows read, but 2 kept + 0 duplicates + 0 quarantined = 2",
		},
		"a row counts twice": {
			events.Batch{TimeZone: "UTC", Read: 2, Events: sound.Events, Duplicates: map[events.Type]int{events.Purchase: 1}},
			"2 rows read, but 2 kept + 1 duplicates + 0 quarantined = 3",
		},
		"a quarantined row has no reason": {
			events.Batch{TimeZone: "UTC", Read: 1, Quarantined: []events.Quarantined{{File: "a.csv", Line: 7}}},
			"(a.csv line 7) has no reason",
		},
		"no time zone":          {events.Batch{}, "time zone"},
		"an unknown time zone":  {events.Batch{TimeZone: "Europe/Londn"}, "Europe/Londn"},
		"an id twice":           {broken(func(e *events.Event) { e.EventID = sound.Events[0].EventID }), "comes twice"},
		"no event id":           {broken(func(e *events.Event) { e.EventID = "" }), "event_id is empty"},
		"no user":               {broken(func(e *events.Event) { e.UserID = "" }), "user_id is empty"},
		"no item":               {broken(func(e *events.Event) { e.ItemID = "" }), "item_id is empty"},
		"an unknown type":       {broken(func(e *events.Event) { e.Type = "buy" }), `type "buy" is none of [view cart`},
		"a time of another day": {broken(func(e *events.Event) { e.Time = e.Time.AddDate(0, 0, 1) }), "falls on 2011-06-02 in Europe/London"},
		"a negative value":      {broken(func(e *events.Event) { e.Value = -1 }), "value is -1"},
		"a quantity of NaN":     {broken(func(e *events.Event) { e.Quantity = math.NaN() }), "quantity is NaN"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := openStore(t)
			_, err := store.WriteDay(context.Background(), june1, test.batch)
			require.ErrorContains(t, err, test.says)
			days, err := store.Days()
			require.NoError(t, err)
			require.Empty(t, days)
		})
	}
}

func TestADayThatIsNotIngestedSaysWhichAreNear(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	_, err := store.ReadDay(ctx, june1)
	require.ErrorIs(t, err, events.ErrNotIngested)
	require.ErrorContains(t, err, "2011-06-01 is not ingested in "+store.Root+"; no day is")

	for _, n := range []int{-9, -3, -1, 1, 2, 9} {
		_, err := store.WriteDay(ctx, june1.AddDays(n), batchOf(purchases(june1.AddDays(n), 1)...))
		require.NoError(t, err)
	}
	_, err = store.Manifest(june1)
	var missing *events.NotIngestedError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, june1, missing.Day)
	require.ErrorContains(t, err, "the nearest days are 2011-05-29, 2011-05-31, 2011-06-02, 2011-06-03")
}

func TestDamageIsFoundAndNamed(t *testing.T) {
	ctx := context.Background()
	part := filepath.Join("events", "dt=2011-06-01", "part-00000.parquet")
	manifest := filepath.Join("events", "dt=2011-06-01", "_manifest.json")
	tests := map[string]struct {
		file   string
		damage func(data []byte) []byte
		says   string
	}{
		"a truncated file":           {part, func(data []byte) []byte { return data[:len(data)/2] }, "bytes; the manifest says"},
		"an empty file":              {part, func([]byte) []byte { return nil }, "it has 0 bytes"},
		"a flipped bit":              {part, func(data []byte) []byte { data[len(data)/3] ^= 4; return data }, "its SHA-256 is"},
		"a manifest that is no JSON": {manifest, func(data []byte) []byte { return data[:40] }, "unexpected end of JSON"},
		"a manifest that leads away": {manifest, func([]byte) []byte { return []byte(`{"format_version":1,"file":"../../x"}`) }, "no name of a file beside it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			store := openStore(t)
			batch := batchOf(purchases(june1, 100)...)
			_, err := store.WriteDay(ctx, june1, batch)
			require.NoError(t, err)
			path := filepath.Join(store.Root, test.file)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, test.damage(data), 0o644))

			_, err = store.ReadDay(ctx, june1)
			requireCorrupt(t, err, path, test.says)
			requireCorrupt(t, store.ReadDayColumns(ctx, june1, &events.Columns{}), path, test.says)

			_, err = store.WriteDay(ctx, june1, batch)
			require.NoError(t, err, "ingesting again heals")
			got, err := store.ReadDay(ctx, june1)
			require.NoError(t, err)
			require.Len(t, got, 100)
		})
	}
	t.Run("a file that is gone", func(t *testing.T) {
		store := openStore(t)
		_, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, 1)...))
		require.NoError(t, err)
		require.NoError(t, os.Remove(filepath.Join(store.Root, part)))
		_, err = store.ReadDay(ctx, june1)
		requireCorrupt(t, err, filepath.Join(store.Root, part), "it is missing")
	})
	t.Run("a format of the future", func(t *testing.T) {
		store := openStore(t)
		dir := filepath.Join(store.Root, "events", "dt=2011-06-01")
		require.NoError(t, os.MkdirAll(dir, 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "_manifest.json"), []byte(`{"format_version":2}`), 0o644))
		_, err := store.ReadDay(ctx, june1)
		require.ErrorContains(t, err, "format_version is 2; this program reads 1")
	})
}

func TestWhatAKilledWriterLeftIsIgnoredAndReplaced(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	_, err := store.WriteDay(ctx, june1, batchOf(purchases(june1, 5)...))
	require.NoError(t, err)
	dir := filepath.Join(store.Root, "events", "dt=2011-06-01")

	// Killed while it wrote generation 2: the file is there, the manifest isn't.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "part-00000.g2.parquet"), []byte("half"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".tmp-_manifest.json-123"), []byte("{"), 0o600))
	// Killed before the day had any manifest.
	unborn := filepath.Join(store.Root, "events", "dt=2011-06-02")
	require.NoError(t, os.MkdirAll(unborn, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(unborn, "part-00000.parquet"), []byte("half"), 0o644))

	days, err := store.Days()
	require.NoError(t, err)
	require.Equal(t, []events.Day{june1}, days)
	got, err := store.ReadDay(ctx, june1)
	require.NoError(t, err)
	require.Len(t, got, 5)

	for _, day := range []events.Day{june1, june1.AddDays(1)} {
		_, err = store.WriteDay(ctx, day, batchOf(purchases(day, 6)...))
		require.NoError(t, err)
		got, err = store.ReadDay(ctx, day)
		require.NoError(t, err)
		require.Len(t, got, 6)
	}
	require.Equal(t, []string{"_manifest.json", "part-00000.g2.parquet"}, names(t, dir))
	require.Equal(t, []string{"_manifest.json", "part-00000.parquet"}, names(t, unborn))
}

func TestWhatIsNoPartitionIsNoDay(t *testing.T) {
	store := openStore(t)
	for _, name := range []string{"dt=yesterday", "lost+found", "dt=2011-06-01"} {
		require.NoError(t, os.MkdirAll(filepath.Join(store.Root, "events", name), 0o777))
	}
	days, err := store.Days()
	require.NoError(t, err)
	require.Empty(t, days)
}

func requireCorrupt(t *testing.T, err error, path, says string) {
	t.Helper()
	require.ErrorIs(t, err, events.ErrCorrupt)
	var corrupt *events.CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.Equal(t, path, corrupt.Path)
	require.ErrorContains(t, err, says)
}

// files returns the content of every file below root, by path.
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

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}
