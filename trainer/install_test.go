package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheProgramInstallsItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trainer")
	require.NoError(t, os.WriteFile(path, []byte("an older one"), 0o644))

	require.NoError(t, install(path))

	this, err := os.Executable()
	require.NoError(t, err)
	want, err := os.ReadFile(this)
	require.NoError(t, err)
	installed, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, len(want), len(installed))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing half-written stays")
	require.Error(t, install(filepath.Join(t.TempDir(), "nosuch", "trainer")))
}
