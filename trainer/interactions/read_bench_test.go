package interactions_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

const (
	benchDays = 20
	benchRows = 30_000 // a day
)

// busy is a store of a busy shop.
func busy(b *testing.B) (*events.Store, events.Day) {
	store, err := events.OpenStore(b.TempDir())
	require.NoError(b, err)
	source := rand.New(rand.NewPCG(1, 2))
	kinds := []events.Type{events.View, events.View, events.View, events.Cart, events.Purchase}
	for day := range benchDays {
		batch := events.Batch{TimeZone: "UTC", Read: benchRows}
		for i := range benchRows {
			batch.Events = append(batch.Events, events.Event{
				EventID: fmt.Sprintf("%d-%d", day, i), UserID: fmt.Sprintf("user-%d", int(source.Float64()*source.Float64()*40_000)),
				ItemID: fmt.Sprintf("item-%d", int(source.Float64()*source.Float64()*10_000)), Type: kinds[source.IntN(len(kinds))],
				Value: 1, Quantity: 1, Price: float64(source.IntN(1000)) / 100,
				Time: first.AddDays(day).Start(time.UTC).Add(time.Duration(i) * time.Second),
			})
		}
		_, err := store.WriteDay(context.Background(), first.AddDays(day), batch)
		require.NoError(b, err)
	}
	return store, first.AddDays(benchDays)
}

// BenchmarkReadStore is a fit's reading, all of it.
func BenchmarkReadStore(b *testing.B) {
	store, end := busy(b)
	options := interactions.Options{Weights: map[string]float64{"purchase": 1, "rating": 1, "cart": 0.3, "view": 0.1}, RatingThreshold: 3}
	b.ReportAllocs()
	for b.Loop() {
		log, err := interactions.ReadStore(context.Background(), store, end, options)
		require.NoError(b, err)
		require.NotEmpty(b, log.Rows)
	}
	b.ReportMetric(benchDays*benchRows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

// BenchmarkReadFloor is the least that reading could be: the bytes of the
// partitions, their ids out of Parquet, and each row's two ids looked up once; by
// as many cores as reading has, each of which has its own files and numbers.
func BenchmarkReadFloor(b *testing.B) {
	store, _ := busy(b)
	files, err := filepath.Glob(filepath.Join(store.Root, "events", "*", "*.parquet"))
	require.NoError(b, err)
	require.Len(b, files, benchDays)
	cores := runtime.GOMAXPROCS(0)
	b.ReportAllocs()
	for b.Loop() {
		var group errgroup.Group
		for core := range cores {
			group.Go(func() error {
				return numberFiles(files[core*len(files)/cores : (core+1)*len(files)/cores])
			})
		}
		require.NoError(b, group.Wait())
	}
	b.ReportMetric(benchDays*benchRows*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

func numberFiles(files []string) error {
	known := []map[string]int32{{}, {}}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return err
		}
		for column, name := range []string{"user_id", "item_id"} {
			leaf, _ := file.Schema().Lookup(name)
			for _, group := range file.RowGroups() {
				if err := number(group.ColumnChunks()[leaf.ColumnIndex], known[column]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func number(chunk parquet.ColumnChunk, known map[string]int32) (err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	values := make([]parquet.Value, 1024)
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		reader := page.Values()
		for {
			n, err := reader.ReadValues(values)
			for _, value := range values[:n] {
				id := value.ByteArray()
				if _, ok := known[string(id)]; !ok {
					known[string(id)] = int32(len(known))
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		parquet.Release(page)
	}
}
