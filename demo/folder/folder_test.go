package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/demo/folder"
)

func TestAFolderIsMadeAndAnEarlierDemosIsEmptied(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "below", "demo-data")
	first, err := folder.Open(dir)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(first.Path("shop", "events"), 0o755))
	require.NoError(t, first.Close())

	second, err := folder.Open(dir)
	require.NoError(t, err)
	require.NoDirExists(t, second.Path("shop"))
	require.NoError(t, second.Close())
}

func TestAFolderOfSomebodyElsesIsRefusedAndStaysAsItIs(t *testing.T) {
	dir := t.TempDir()
	letter := filepath.Join(dir, "letter.txt")
	require.NoError(t, os.WriteFile(letter, []byte("dear"), 0o644))

	_, err := folder.Open(dir)
	require.ErrorContains(t, err, "holds something that no demo put there")
	require.FileExists(t, letter)
}

func TestTwoDemosDoNotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	first, err := folder.Open(dir)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(first.Path("in-use"), nil, 0o644))

	_, err = folder.Open(dir)
	require.ErrorContains(t, err, "another demo works in")
	require.FileExists(t, first.Path("in-use"))

	require.NoError(t, first.Close())
	second, err := folder.Open(dir)
	require.NoError(t, err)
	require.NoError(t, second.Close())
}
