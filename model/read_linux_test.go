package model

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestWhatWasJustWrittenIsReadAtOnceOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("0123456789"), 0o600))
	file, err := os.Open(path)
	require.NoError(t, err)
	memory := make([]byte, 4)
	_, err = unix.Preadv2(int(file.Fd()), [][]byte{make([]byte, 4)}, 3, unix.RWF_NOWAIT)
	can := err == nil // not every file system says what is in the page cache
	require.Equal(t, can, readNow(file.Fd(), memory, 3))
	if can {
		require.Equal(t, "3456", string(memory))
	}
	require.False(t, readNow(file.Fd(), memory, 8), "the file ends before")
	closed := file.Fd()
	require.NoError(t, file.Close())
	require.False(t, readNow(closed, memory, 3))
}
