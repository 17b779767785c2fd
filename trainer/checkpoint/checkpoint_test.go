package checkpoint_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/checkpoint"
)

const key = "0123456789abcdef"

var state = checkpoint.State{Losses: []float64{0.5, 0.25}, Users: []float32{1, 2, 3, 4}, Items: []float32{5, 6}}

func saved(t testing.TB) (folder *checkpoint.Folder, file string) {
	t.Helper()
	folder = &checkpoint.Folder{Dir: filepath.Join(t.TempDir(), "checkpoints"), Every: 2}
	require.NoError(t, folder.Save(key, state))
	return folder, filepath.Join(folder.Dir, key+".checkpoint")
}

func TestAStateComesBackAsItWasKept(t *testing.T) {
	folder, _ := saved(t)
	got, found, err := folder.Load(key)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, state, got)
	later := checkpoint.State{Losses: []float64{1}, Users: []float32{9}, Items: []float32{8}}
	require.NoError(t, folder.Save(key, later))
	got, _, err = folder.Load(key)
	require.NoError(t, err)
	require.Equal(t, later, got)
}

func TestAnotherKeyHasNoState(t *testing.T) {
	folder, file := saved(t)
	_, found, err := folder.Load("fedcba")
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, os.Rename(file, filepath.Join(folder.Dir, "fedcba.checkpoint")))
	_, found, err = folder.Load("fedcba")
	require.NoError(t, err)
	require.False(t, found, "it says itself whose it is")
}

func TestATornOrDamagedCheckpointIsNeverRead(t *testing.T) {
	folder, file := saved(t)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for length := range whole {
		require.NoError(t, os.WriteFile(file, whole[:length], 0o600))
		_, found, err := folder.Load(key)
		require.NoError(t, err)
		require.False(t, found, "cut to %d of %d bytes", length, len(whole))
	}
	for at := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[at] ^= 0x10
		require.NoError(t, os.WriteFile(file, damaged, 0o600))
		_, found, err := folder.Load(key)
		require.NoError(t, err)
		require.False(t, found, "byte %d is another", at)
	}
}

func TestRemovingLeavesNothingOfCheckpoints(t *testing.T) {
	folder, _ := saved(t)
	require.NoError(t, os.WriteFile(filepath.Join(folder.Dir, ".tmp-torn"), []byte("x"), 0o600))
	require.NoError(t, folder.Remove())
	require.NoDirExists(t, folder.Dir)
	require.NoError(t, folder.Remove(), "twice is no error")
}

func TestRemovingLeavesWhatIsNoCheckpoint(t *testing.T) {
	folder, _ := saved(t)
	other := filepath.Join(folder.Dir, "notes.txt")
	require.NoError(t, os.WriteFile(other, []byte("x"), 0o600))
	require.NoError(t, folder.Remove())
	require.FileExists(t, other)
}

func TestOneIsDueEveryFewEpochsAndAfterTheLast(t *testing.T) {
	folder := &checkpoint.Folder{Every: 3}
	var due []int
	for epoch := 1; epoch <= 7; epoch++ {
		if folder.Due(epoch, 7) {
			due = append(due, epoch)
		}
	}
	require.Equal(t, []int{3, 6, 7}, due)
}

func TestNoFolderKeepsNothing(t *testing.T) {
	var none *checkpoint.Folder
	require.False(t, none.Due(5, 5))
	require.NoError(t, none.Save(key, state))
	_, found, err := none.Load(key)
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, none.Remove())
}

func FuzzAnyBytesAreAStateOrNone(f *testing.F) {
	folder, file := saved(f)
	whole, err := os.ReadFile(file)
	require.NoError(f, err)
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add([]byte("daybreak checkpoint 1\n{}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(file, content, 0o600))
		got, found, err := folder.Load(key)
		require.NoError(t, err)
		if found {
			require.Equal(t, state, got, "nothing else has this key and a sum that fits")
		}
	})
}
