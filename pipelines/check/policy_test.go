package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/check"
)

func load(t testing.TB, text string) (check.Policy, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "check.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return check.Load(path)
}

func TestAPolicyChangesOnlyWhatItNames(t *testing.T) {
	defaults, err := check.Load("")
	require.NoError(t, err)
	changed, err := load(t, "days: 14\nexpectations: {volume_factor: 10}\n")
	require.NoError(t, err)
	defaults.Days, defaults.Expectations.VolumeFactor = 14, 10
	require.Equal(t, defaults, changed)
}

func TestAPolicyThatCantBeRightSaysWhichFieldIsWrong(t *testing.T) {
	for text, says := range map[string]string{
		"days: 2":                          "days: must be 3 or more",
		"least_days: 90":                   "least_days",
		"chart_confidence: 99":             "chart_confidence: must be between 0.5 and 1",
		"expectations: {volume_factor: 0}": "expectations.volume_factor",
		"expectations: {confidence: .nan}": "expectations.confidence",
		"half_life: 3":                     "half_life",
		"days: many":                       "days: many",
		"expectations: {new_shoppers_margin: -0.00001}": "expectations.new_shoppers_margin",
	} {
		_, err := load(t, text)
		require.ErrorContains(t, err, says, text)
		require.ErrorContains(t, err, "check.yaml", text)
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("days: 14")
	f.Add("expectations: {volume_factor: 10}")
	f.Add("{")
	f.Fuzz(func(t *testing.T, text string) {
		policy, err := load(t, text)
		if err == nil {
			require.GreaterOrEqual(t, policy.Days, policy.LeastDays)
		}
	})
}
