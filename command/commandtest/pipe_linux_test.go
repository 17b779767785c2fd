package commandtest_test

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/commandtest"
)

func TestAProgramComesNoFurtherThanItsLogIsRead(t *testing.T) {
	dir := t.TempDir()
	reader, writer, err := commandtest.Pipe()
	require.NoError(t, err)
	program := exec.Command("sh", "-c", `for n in 1 2 3 4 5 6 7 8; do echo line $n >&2; touch `+dir+`/$n; done`)
	program.Stderr = writer
	require.NoError(t, program.Start())
	require.NoError(t, writer.Close())
	said := bufio.NewScanner(reader)
	for n := 1; said.Scan(); n++ {
		require.Equal(t, fmt.Sprint("line ", n), said.Text())
		came, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		require.LessOrEqual(t, len(came), n+1)
	}
	require.NoError(t, program.Wait())
	require.FileExists(t, filepath.Join(dir, "8"))
}
