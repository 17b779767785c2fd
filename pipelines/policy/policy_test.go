package policy_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/policy"
)

type bake struct {
	Minutes int    `yaml:"minutes"`
	Metric  string `yaml:"metric"`
}

func (b bake) validate() error {
	return policy.Check([]policy.Bound{{Field: "minutes", Holds: b.Minutes > 0, Want: "1 or more"}})
}

const defaults = "minutes: 10\nmetric: errors\n"

func load(t *testing.T, text string) (bake, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bake.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return policy.Load("bake policy", []byte(defaults), path, bake.validate)
}

func TestWithoutAFileTheDefaultsHold(t *testing.T) {
	read, err := policy.Load("bake policy", []byte(defaults), "", bake.validate)
	require.NoError(t, err)
	require.Equal(t, bake{Minutes: 10, Metric: "errors"}, read)
}

func TestAFileChangesOnlyWhatItNames(t *testing.T) {
	read, err := load(t, "minutes: 5\n")
	require.NoError(t, err)
	require.Equal(t, bake{Minutes: 5, Metric: "errors"}, read)
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for text, says := range map[string]string{
		"minutes: 0": "bake.yaml: minutes: must be 1 or more",
		"hours: 1":   "hours",
		"{":          "bake policy",
	} {
		read, err := load(t, text)
		require.ErrorContains(t, err, says)
		require.Zero(t, read)
	}
	_, err := policy.Load("bake policy", []byte(defaults), "nosuch.yaml", bake.validate)
	require.ErrorContains(t, err, "read bake policy: open nosuch.yaml")
	_, err = policy.Load("bake policy", []byte("minutes: 0"), "", bake.validate)
	require.ErrorContains(t, err, "default bake policy: minutes: must be 1 or more")
}
