package gate_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

func write[Row any](t testing.TB, rows []Row) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "paired.parquet")
	require.NoError(t, parquet.WriteFile(path, rows))
	return path
}

func TestPairsAreReadAsWritten(t *testing.T) {
	pairs := compared(3, 1, same)
	read, err := gate.ReadPairs(write(t, pairs))
	require.NoError(t, err)
	require.Equal(t, pairs, read)

	none, err := gate.ReadPairs(write(t, []gate.Pair{}))
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestPairsThatCantBeRightAreRefused(t *testing.T) {
	sound := gate.Pair{Shopper: "a", Day: "2011-11-07", Setting: "all", Metric: "ndcg@20", Old: 0.1, New: 0.2}
	for _, c := range []struct {
		name  string
		spoil func(*gate.Pair)
		says  string
	}{
		{"no shopper", func(p *gate.Pair) { p.Shopper = "" }, "row 1: shopper is empty"},
		{"an unknown setting", func(p *gate.Pair) { p.Setting = "old" }, `row 1: setting is "old"; it must be all or new`},
		{"a metric above 1", func(p *gate.Pair) { p.New = 1.5 }, "they must be from 0 to 1"},
		{"a metric that is no number", func(p *gate.Pair) { p.Old = math.NaN() }, "they must be from 0 to 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoiled := sound
			c.spoil(&spoiled)
			_, err := gate.ReadPairs(write(t, []gate.Pair{sound, spoiled}))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, "paired.parquet")
		})
	}

	_, err := gate.ReadPairs(write(t, []struct {
		Shopper string `parquet:"shopper"`
	}{{"a"}}))
	require.ErrorContains(t, err, `has no column "day"`)

	_, err = gate.ReadPairs(filepath.Join(t.TempDir(), "paired.parquet"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzReadPairs(f *testing.F) {
	sound, err := os.ReadFile(write(f, compared(2, 1, same)))
	require.NoError(f, err)
	f.Add(sound)
	f.Add(sound[:len(sound)/2])
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "paired.parquet")
		require.NoError(t, os.WriteFile(path, content, 0o600))
		pairs, err := gate.ReadPairs(path)
		if err == nil {
			for _, pair := range pairs {
				require.NotEmpty(t, pair.Shopper)
			}
		}
	})
}
