package search_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/search"
)

var errKilled = errors.New("killed")

// measured counts how often each trial was measured on how many windows.
type measured map[[2]float64]int

// over searches 12 trials for the longest memory, which isn't seen on one window
// alone, and ends at the measurement that is numbered.
func over(state string, counts measured, end int) search.Search {
	return search.Search{
		Base: learn.DefaultSettings(), Trials: 12, Seed: 1, State: state, Digest: "data",
		Measure: func(_ context.Context, s learn.Settings, windows int) (float64, error) {
			if end == 0 {
				return 0, errKilled
			}
			end--
			key := s.HistoryHalfLifeDays*1e6 + s.NeighbourRidge*1e3 + s.Saturation*10 + s.Factorisation.Regularisation
			counts[[2]float64{key, float64(windows)}]++
			return s.HistoryHalfLifeDays + float64(windows), nil
		},
		Report: func(context.Context, search.Trial) error { return nil },
	}
}

func TestTheBetterHalfGoesOnAndTheBestWins(t *testing.T) {
	counts := measured{}
	best, err := over(filepath.Join(t.TempDir(), "state.json"), counts, -1).Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, 480.0, best.Settings.HistoryHalfLifeDays)
	require.Len(t, best.Measured, 3)
	on := map[float64]int{}
	for key := range counts {
		on[key[1]]++
	}
	require.Equal(t, 12, on[1])
	require.Contains(t, []int{6, 7}, on[2], "half of them, and what was set")
	require.Contains(t, []int{3, 4, 5}, on[3])
	require.NoError(t, best.Settings.Validate())
}

func TestASearchThatIsKilledGoesOnWithoutMeasuringAgain(t *testing.T) {
	counts := measured{}
	want, err := over(filepath.Join(t.TempDir(), "state.json"), counts, -1).Run(context.Background())
	require.NoError(t, err)
	for _, end := range []int{1, 12, 13, len(counts) - 1} {
		state := filepath.Join(t.TempDir(), "state.json")
		both := measured{}
		_, err := over(state, both, end).Run(context.Background())
		require.ErrorIs(t, err, errKilled)
		require.NoError(t, os.WriteFile(state+".123.tmp", []byte(`{"digest": "da`), 0o600), "what was being written stays behind")
		got, err := over(state, both, -1).Run(context.Background())
		require.NoError(t, err)
		require.Equal(t, want.Number, got.Number)
		require.Equal(t, counts, both)
		require.Equal(t, []int{1}, slices.Compact(slices.Sorted(maps.Values(both))))
	}
}

func TestWhatWasMeasuredOnOtherDataIsRefused(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state.json")
	s := over(state, measured{}, -1)
	_, err := s.Run(context.Background())
	require.NoError(t, err)
	s.Digest = "other"
	_, err = s.Run(context.Background())
	require.ErrorContains(t, err, "other data")
	require.NoError(t, os.WriteFile(state, []byte("{"), 0o600))
	_, err = s.Run(context.Background())
	require.ErrorContains(t, err, state)
}

func TestWhatWasSetIsMeasuredToTheEnd(t *testing.T) {
	s := over(filepath.Join(t.TempDir(), "state.json"), measured{}, -1)
	s.Base.HistoryHalfLifeDays = 1 // the worst
	rungs := 0
	s.Report = func(_ context.Context, trial search.Trial) error {
		if trial.Number == 0 {
			rungs = max(rungs, len(trial.Measured))
		}
		return nil
	}
	_, err := s.Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, 3, rungs)
}
