package gate_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

func load(t testing.TB, text string) (gate.Policy, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gate.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return gate.Load(path)
}

func TestAPolicyChangesOnlyWhatItNames(t *testing.T) {
	changed, err := load(t, "margins: {new: 0.3}\nunderpowered: reject\n")
	require.NoError(t, err)
	want := policy(t)
	want.Margins.New, want.Underpowered = 0.3, "reject"
	require.Equal(t, want, changed)
}

func TestAPolicyThatCantBeRightSaysWhichFieldIsWrong(t *testing.T) {
	for text, says := range map[string]string{
		"metric: hr@20":              "metric: must be ndcg@20 or recall@20",
		"margins: {all: 5}":          "margins.all: must be between 0 and 1",
		"allowances: {all: 0.07}":    "allowances.all",
		"confidence: 95":             "confidence",
		"resamples: 3":               "resamples",
		"underpowered: promote":      "underpowered: must be estimate or reject",
		"without_evidence: estimate": "without_evidence",
		"bounds: {most_bytes: 0}":    "bounds.most_bytes",
		"margin: {all: 0.1}":         "margin",
	} {
		_, err := load(t, text)
		require.ErrorContains(t, err, says, text)
		require.ErrorContains(t, err, "gate.yaml", text)
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("margins: {all: 0.1}")
	f.Add("confidence: .nan")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := load(t, text)
		if err == nil {
			require.Greater(t, p.Margins.All, p.Allowances.All)
		}
	})
}
