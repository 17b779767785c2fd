package simulate_test

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/simulate"
	daycsv "github.com/daybreak-ml/daybreak/events/source/csv"
)

// onlineRetailDay has orders of four shoppers, one of nobody, and a row of bad form.
const onlineRetailDay = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,85123A,LAMP,6,2011-06-01 08:00:00,2.55,17850.0,United Kingdom
1,71053,"LAMP, RED",6,2011-06-01 08:00:00,3.39,17850.0,United Kingdom
2,71053,"LAMP, RED",6,2011-06-01 09:00:00,3.39,12583.0,France
3,71053,"LAMP, RED",6,2011-06-01 09:00:00,3.39,,France
4,85123A,LAMP,6,2011-06-01 10:00:00,2.55,13047.0,United Kingdom
4,POST,POSTAGE,6,2011-06-01 10:00:00,2.55,13047.0,United Kingdom
5,85123A,LAMP,6,2011-06-01 11:00:00,2.55,13748.0,United Kingdom
5,85123A
`

func TestShuffledOrdersAreSomeoneElses(t *testing.T) {
	ctx := context.Background()
	m, err := mapping.Load("../mapping/online-retail.yaml")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "2011-06-01.csv"), []byte(onlineRetailDay), 0o644))
	src, err := daycsv.Open(ctx, dir, m)
	require.NoError(t, err)
	day := events.NewDay(2011, 6, 1)

	spoiled := t.TempDir()
	done, err := simulate.ShuffleShoppers(ctx, src, m, day, spoiled, 3)
	require.NoError(t, err)
	require.Equal(t, 4, done.Orders)
	require.GreaterOrEqual(t, done.Changed, 2)

	before, after := lines(t, strings.NewReader(onlineRetailDay)), shuffledLines(t, spoiled)
	require.Len(t, after, len(before))
	shopperOf := map[string]string{}
	changed := 0
	for i := range before {
		if len(before[i]) < 8 || before[i][6] == "" || i == 0 {
			require.Equal(t, before[i], after[i], "what is nobody's stays")
			continue
		}
		order, shopper := after[i][0], after[i][6]
		if first, ok := shopperOf[order]; ok {
			require.Equal(t, first, shopper, "an order stays one shopper's")
		} else if shopper != before[i][6] {
			changed++
		}
		shopperOf[order] = shopper
		after[i][6] = before[i][6]
		require.Equal(t, before[i], after[i], "nothing else changes")
	}
	require.Equal(t, done.Changed, changed)
	var shoppers []string
	for _, shopper := range shopperOf {
		shoppers = append(shoppers, shopper)
	}
	require.ElementsMatch(t, []string{"17850.0", "12583.0", "13047.0", "13748.0"}, shoppers)

	again, other := t.TempDir(), t.TempDir()
	_, err = simulate.ShuffleShoppers(ctx, src, m, day, again, 3)
	require.NoError(t, err)
	_, err = simulate.ShuffleShoppers(ctx, src, m, day, other, 4)
	require.NoError(t, err)
	require.Equal(t, content(t, spoiled, "2011-06-01.csv.gz"), content(t, again, "2011-06-01.csv.gz"))
	require.NotEqual(t, content(t, spoiled, "2011-06-01.csv.gz"), content(t, other, "2011-06-01.csv.gz"))

	_, err = simulate.ShuffleShoppers(ctx, src, m, day.AddDays(1), other, 4)
	require.ErrorIs(t, err, events.ErrNoEvents)
}

func TestAShuffledDayLooksWholeFromOutside(t *testing.T) {
	ctx := context.Background()
	export, spoiled := t.TempDir(), t.TempDir()
	require.NoError(t, simulate.Export(ctx, export, smallShop))
	m, err := mapping.Load("../mapping/simulated.yaml")
	require.NoError(t, err)
	src, err := daycsv.Open(ctx, export, m)
	require.NoError(t, err)
	day := smallShop.Start.AddDays(20)
	done, err := simulate.ShuffleShoppers(ctx, src, m, day, spoiled, 1)
	require.NoError(t, err)
	require.Greater(t, done.Changed, done.Orders/2)

	whole, broken := manifestOf(t, m, export, day), manifestOf(t, m, spoiled, day)
	broken.Partition = whole.Partition
	require.Equal(t, whole, broken)
}

func TestAnExportThatCannotBeWrittenIsNotShuffled(t *testing.T) {
	text, err := os.ReadFile("../mapping/online-retail.yaml")
	require.NoError(t, err)
	m, err := mapping.Parse("m.yaml", append(text, "\ncsv: {encoding: latin-1}\n"...))
	require.NoError(t, err)
	_, err = simulate.ShuffleShoppers(context.Background(), nil, m, smallShop.Start, t.TempDir(), 1)
	require.ErrorContains(t, err, "the export is in latin-1; only utf-8 can be written")
}

func shuffledLines(t *testing.T, dir string) [][]string {
	t.Helper()
	require.Equal(t, []string{"2011-06-01.csv.gz"}, names(t, dir))
	file, err := os.Open(filepath.Join(dir, "2011-06-01.csv.gz"))
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	return lines(t, unpacked)
}

func lines(t *testing.T, text io.Reader) [][]string {
	t.Helper()
	r := csv.NewReader(text)
	r.FieldsPerRecord = -1
	read, err := r.ReadAll()
	require.NoError(t, err)
	return read
}

func manifestOf(t *testing.T, m *mapping.Mapping, dir string, day events.Day) events.Manifest {
	t.Helper()
	ctx := context.Background()
	src, err := daycsv.Open(ctx, dir, m)
	require.NoError(t, err)
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	manifest, err := ingest.Day(ctx, store, src, m, day, ingest.Options{})
	require.NoError(t, err)
	return manifest
}
