package versions_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// observers are a record for each model.
type observers struct {
	mu      sync.Mutex
	records map[string]*record
}

func (o *observers) of(model string) versions.Observer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.records == nil {
		o.records = map[string]*record{}
	}
	o.records[model] = &record{}
	return o.records[model]
}

func TestFoldersOfADirectoryAreModelsByName(t *testing.T) {
	dir, seen := t.TempDir(), &observers{}
	write(t, filepath.Join(dir, "books", "3"), 3)
	write(t, filepath.Join(dir, "books", "4"), 4)
	write(t, filepath.Join(dir, "books", "2"), 2)
	write(t, filepath.Join(dir, "garden"), 1)
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".hidden"), 0o700))
	r := versions.OpenRepository(dir, 2, seen.of)
	defer r.Close()
	require.False(t, r.Ready(), "there is none yet")
	require.NoError(t, r.Refresh())
	require.True(t, r.Ready())
	require.Equal(t, []string{"books", "garden"}, r.Names())
	served, err := r.Versions("books")
	require.NoError(t, err)
	require.Equal(t, []string{"4", "3"}, served, "the two highest, side by side")
	require.Equal(t, []string{"4", "3"}, seen.records["books"].loaded)

	for asked, seed := range map[string]uint64{"": 4, "4": 4, "3": 3} {
		version, err := r.Acquire("books", asked)
		require.NoError(t, err)
		require.Equal(t, seed, version.Model.Config().Seed)
		version.Release()
	}
	_, err = r.Acquire("books", "2")
	var version *versions.UnknownVersionError
	require.ErrorAs(t, err, &version)
	require.ErrorContains(t, err, `version "2" does not serve; version "4", "3" does`)
	_, err = r.Acquire("toys", "")
	var model *versions.UnknownModelError
	require.ErrorAs(t, err, &model)
	require.ErrorContains(t, err, `there is no model "toys"; there is "books", "garden"`)

	write(t, filepath.Join(dir, "books", "5"), 5)
	write(t, filepath.Join(dir, "toys"), 9)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "garden")))
	require.NoError(t, r.Refresh())
	require.Equal(t, []string{"books", "toys"}, r.Names())
	served, err = r.Versions("books")
	require.NoError(t, err)
	require.Equal(t, []string{"5", "4"}, served)
	require.Equal(t, []string{"3"}, seen.records["books"].retired, "its memory is given back")
	require.Equal(t, []string{"0"}, seen.records["garden"].retired)
}

func TestAModelThatWasUnloadedComesBackWhenAsked(t *testing.T) {
	dir, seen := t.TempDir(), &observers{}
	write(t, filepath.Join(dir, "1"), 1)
	r := versions.NewRepository("recommender", versions.Source{Dir: dir}, seen.of)
	require.NoError(t, r.Load("recommender"))
	require.NoError(t, r.Unload("recommender"))
	_, err := r.Acquire("recommender", "")
	require.ErrorIs(t, err, versions.ErrNotReady)
	require.Equal(t, []string{"1"}, seen.records["recommender"].retired)
	require.NoError(t, r.Refresh(), "looking for models doesn't bring it back")
	require.False(t, r.Ready())
	found, err := r.Model("recommender")
	require.NoError(t, err)
	require.Equal(t, "the model was unloaded", found.Reason())

	require.NoError(t, r.Load("recommender"))
	require.True(t, r.Ready())
	require.Empty(t, found.Reason())
	require.Error(t, r.Load("toys"))
	require.Error(t, r.Unload("toys"))
}

func TestABadVersionKeepsTheOthersServing(t *testing.T) {
	dir, seen := t.TempDir(), &observers{}
	write(t, filepath.Join(dir, "1"), 1)
	r := versions.NewRepository("recommender", versions.Source{Dir: dir, Keep: 3}, seen.of)
	defer r.Close()
	require.NoError(t, r.Refresh())
	write(t, filepath.Join(dir, "2"), 2)
	require.NoError(t, os.Remove(filepath.Join(dir, "2", "golden.json")))
	require.ErrorContains(t, r.Refresh(), "golden.json: is missing")
	require.NoError(t, r.Refresh(), "it is reported once")
	served, err := r.Versions("recommender")
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, served)
	found, err := r.Model("recommender")
	require.NoError(t, err)
	require.Contains(t, found.Reason(), "golden.json: is missing")
	write(t, filepath.Join(dir, "3"), 3)
	require.NoError(t, r.Refresh())
	served, err = r.Versions("recommender")
	require.NoError(t, err)
	require.Equal(t, []string{"3", "1"}, served)
}
