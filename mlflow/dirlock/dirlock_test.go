package dirlock_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow/dirlock"
)

func TestAFolderIsLockedByOneAtATime(t *testing.T) {
	dir := t.TempDir()
	lock, err := dirlock.Lock(dir)
	require.NoError(t, err)
	_, err = dirlock.Lock(dir)
	require.ErrorIs(t, err, dirlock.ErrLocked)
	require.ErrorContains(t, err, dir)
	require.NoError(t, lock.Close())
	lock, err = dirlock.Lock(dir)
	require.NoError(t, err)
	require.NoError(t, lock.Close())
	_, err = dirlock.Lock(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
