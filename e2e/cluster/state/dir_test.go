package state

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatusOfAFolderWithoutAClusterIsAbsent(t *testing.T) {
	status, err := Dir(t.TempDir()).Status()
	require.NoError(t, err)
	require.Equal(t, Absent, status.Phase)
}

func TestStatusAndOptionsAreReadAsTheyWereWritten(t *testing.T) {
	dir := Dir(t.TempDir())
	status := Status{Phase: Starting, Step: "etcd", Steps: []Step{{Name: "namespaces", Elapsed: 7}}}
	require.NoError(t, dir.SetStatus(status))
	options := Options{Binaries: map[string]string{"kubernetes": "/k"}, Controllers: []string{"kserve"}}
	require.NoError(t, dir.SetOptions(options))

	readStatus, err := dir.Status()
	require.NoError(t, err)
	require.Equal(t, status, readStatus)
	readOptions, err := dir.Options()
	require.NoError(t, err)
	require.Equal(t, options, readOptions)
}

func TestAStatusThatIsNoJSONNamesItsFile(t *testing.T) {
	dir := Dir(t.TempDir())
	require.NoError(t, os.WriteFile(dir.Path("status.json"), []byte("{"), 0o600))
	_, err := dir.Status()
	require.ErrorContains(t, err, dir.Path("status.json"))
}

func TestClearLeavesTheLogsAlone(t *testing.T) {
	dir := Dir(t.TempDir())
	require.NoError(t, os.MkdirAll(dir.Logs(), 0o755))
	require.NoError(t, dir.SetStatus(Status{Phase: Ready}))

	require.NoError(t, dir.Clear(KeepLogs))
	left, err := filepath.Glob(dir.Path("*"))
	require.NoError(t, err)
	require.Equal(t, []string{dir.Logs()}, left)

	require.NoError(t, dir.Clear(DiscardLogs))
	require.NoDirExists(t, dir.Logs())
}

func TestAFolderThatIsNotThereIsClear(t *testing.T) {
	require.NoError(t, Dir(filepath.Join(t.TempDir(), "none")).Clear(DiscardLogs))
}

func TestAProcessIsFoundUntilItIsKilled(t *testing.T) {
	dir := Dir(t.TempDir())
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	require.NoError(t, dir.SetProcess(sleeper.Process.Pid))
	process, running, err := dir.Process()
	require.NoError(t, err)
	require.True(t, running)

	require.NoError(t, process.Kill(t.Context()))
	require.Error(t, sleeper.Wait(), "it was killed")

	_, running, err = dir.Process()
	require.NoError(t, err)
	require.False(t, running)
	require.NoError(t, process.Kill(t.Context()), "a process that has gone needs no killing")
}

func TestAnotherProcessUnderAnOldPIDIsNotTheCluster(t *testing.T) {
	dir := Dir(t.TempDir())
	require.NoError(t, dir.write("process.json", Process{PID: os.Getpid(), Started: "1"}))
	_, running, err := dir.Process()
	require.NoError(t, err)
	require.False(t, running)
}
