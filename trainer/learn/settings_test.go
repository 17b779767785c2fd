package learn_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/learn"
)

func read(t *testing.T, content string) (learn.Settings, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "train.yaml")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return learn.ReadSettings(path)
}

func TestSettingsKeepTheDefaultsTheyDontName(t *testing.T) {
	settings, err := read(t, "rank: 16\nfactorisation:\n  confidence: 3\n")
	require.NoError(t, err)
	want := learn.DefaultSettings()
	want.Rank, want.Factorisation.Confidence = 16, 3
	require.Equal(t, want, settings)
}

func TestAnEmptyFileGivesTheDefaults(t *testing.T) {
	settings, err := read(t, "")
	require.NoError(t, err)
	require.Equal(t, learn.DefaultSettings(), settings)
}

func TestBadSettingsAreNamed(t *testing.T) {
	for _, c := range []struct{ name, content, message string }{
		{"a value out of range", "rank: 0", "rank is 0; it must be from 1 to 4096"},
		{"a nested value out of range", "factorisation: {regularisation: -1}", "factorisation.regularisation is -1"},
		{"a key that no setting has", "rnak: 64", "rnak"},
		{"a value of the wrong type", "epochs: many", "epochs"},
		{"a screen that can't be", "screen: {least_items: -1}", "screen.least_items is -1"},
		{"a candidate out of range", "candidates: {history_half_life_days: [60, 0]}", "candidates.history_half_life_days is 0"},
		{"a negative trend exponent", "trend_exponent: -1", "trend_exponent is -1"},
		{"not a number", "saturation: .nan", "saturation is NaN"},
		{"a negative event weight", "history_event_weights: {view: -1}", "event_weights.view is -1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, c.content)
			require.ErrorContains(t, err, c.message)
			require.ErrorContains(t, err, "train.yaml")
		})
	}
}

func TestWhatAFileDecidesIsNotChosenAgain(t *testing.T) {
	settings, err := read(t, "history_half_life_days: 30\n")
	require.NoError(t, err)
	require.Empty(t, settings.Candidates.HistoryHalfLifeDays)
	require.NotEmpty(t, settings.Candidates.PopularityHalfLifeDays)
	settings, err = read(t, "history_half_life_days: 30\ncandidates: {history_half_life_days: [60]}\n")
	require.NoError(t, err)
	require.Equal(t, []float64{60}, settings.Candidates.HistoryHalfLifeDays, "unless the file says so")
}
