package main_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProfilesAreServedOnTheLoopbackAddressWhenAskedFor(t *testing.T) {
	command, at := start(t, "--model_dir", t.TempDir(), "--drain-delay", "0s", "--pprof-port", "0")
	require.Contains(t, at.profiles, "127.0.0.1:")
	require.Equal(t, http.StatusOK, status("http://"+at.profiles+"/debug/pprof/cmdline"))
	require.Equal(t, http.StatusNotFound, status(at.url+"/debug/pprof/cmdline"))
	require.NoError(t, command.Process.Kill())
}
