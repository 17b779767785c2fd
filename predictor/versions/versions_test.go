package versions_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// record is an observer that remembers.
type record struct {
	mu              sync.Mutex
	loaded, retired []string
	failures        int
}

func (r *record) Loaded(version string, _ model.Config, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.loaded = append(r.loaded, version)
}

func (r *record) LoadFailed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures++
}

func (r *record) Retired(version string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retired = append(r.retired, version)
}

func write(t *testing.T, dir string, seed uint64) {
	t.Helper()
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, seed, modeltest.Small)))
}

func TestAVersionIsGivenBackWhenItsLastRequestEnds(t *testing.T) {
	dir, seen := t.TempDir(), &record{}
	v := versions.New(versions.Source{Dir: dir}, seen)
	_, err := v.Acquire()
	require.ErrorIs(t, err, versions.ErrNotReady)
	require.False(t, v.Ready())

	write(t, filepath.Join(dir, "1"), 1)
	require.NoError(t, v.Load())
	require.True(t, v.Ready())
	first, err := v.Acquire()
	require.NoError(t, err)
	again, err := v.Acquire()
	require.NoError(t, err)

	write(t, filepath.Join(dir, "2"), 2)
	require.NoError(t, v.Load())
	second, err := v.Acquire()
	require.NoError(t, err)
	require.Equal(t, []string{"1", "1", "2"}, []string{first.Name, again.Name, second.Name})

	require.NoError(t, model.VerifyGolden(first.Model), "its memory must still be there")
	first.Release()
	require.Empty(t, seen.retired)
	again.Release()
	require.Equal(t, []string{"1"}, seen.retired)

	v.Close()
	require.False(t, v.Ready())
	require.NoError(t, model.VerifyGolden(second.Model), "its memory must still be there")
	second.Release()
	require.Equal(t, []string{"1", "2"}, seen.retired)
	require.Equal(t, []string{"1", "2"}, seen.loaded)
	require.Zero(t, seen.failures)
}

func TestWhatIsRefusedIsReportedOnceWhileItStaysAsItIs(t *testing.T) {
	dir, seen := t.TempDir(), &record{}
	v := versions.New(versions.Source{Dir: dir}, seen)
	require.NoError(t, v.Refresh(), "that there is none yet is no error")
	require.Contains(t, v.Reason(), "holds neither config.json")
	require.ErrorContains(t, v.Load(), "holds neither config.json", "whoever asks is told")
	require.NoError(t, v.Refresh())
	require.Equal(t, 2, seen.failures)

	bad := filepath.Join(dir, "7")
	write(t, bad, 1)
	require.NoError(t, os.Remove(filepath.Join(bad, "golden.json")))
	require.ErrorContains(t, v.Refresh(), "golden.json: is missing")
	require.NoError(t, v.Refresh())
	require.Equal(t, 3, seen.failures)
	require.ErrorContains(t, v.Load(), "golden.json: is missing", "whoever asks is told again")
	require.Equal(t, 4, seen.failures)

	write(t, filepath.Join(dir, "8"), 1)
	require.NoError(t, v.Refresh())
	require.Equal(t, []string{"8"}, seen.loaded)
}

func TestWhatServesIsNotLoadedAgain(t *testing.T) {
	dir, seen := filepath.Join(t.TempDir(), "model"), &record{}
	write(t, dir, 1)
	v := versions.New(versions.Source{Dir: dir, Version: "13"}, seen)
	require.NoError(t, v.Refresh())
	require.NoError(t, v.Refresh())
	require.NoError(t, v.Load())
	require.Equal(t, []string{"13"}, seen.loaded)
}

func TestAModelThatTakesAnotherFoldersPlaceServes(t *testing.T) {
	dir, seen := filepath.Join(t.TempDir(), "model"), &record{}
	write(t, dir, 1)
	v := versions.New(versions.Source{Dir: dir}, seen)
	require.NoError(t, v.Refresh())
	require.NoError(t, os.RemoveAll(dir))
	write(t, dir, 2)
	require.NoError(t, v.Refresh())
	current, err := v.Acquire()
	require.NoError(t, err)
	defer current.Release()
	require.Equal(t, uint64(2), current.Model.Config().Seed)
	require.Empty(t, seen.retired, "version 0 still serves")
}
