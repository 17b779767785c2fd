package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/server"
)

// parentVariable makes the test binary a program that starts a server in the
// folder it names, prints where, and waits to be killed.
const parentVariable = "DAYBREAK_TEST_SERVER_PARENT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentVariable); dir != "" {
		os.Exit(startAndWait(dir))
	}
	os.Exit(m.Run())
}

func startAndWait(dir string) int {
	running, err := server.Start(context.Background(), server.Options{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(running.URI())
	<-running.Done()
	return 0
}

func TestAServerKeepsWhatItWasToldAndLeavesNothingRunning(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache) // no template yet: the first start makes one
	dir := t.TempDir()
	var experiment string
	for range 2 {
		running, err := server.Start(t.Context(), server.Options{Dir: dir})
		require.NoError(t, err)
		client, err := mlflow.New(running.URI())
		require.NoError(t, err)
		id, err := client.EnsureExperiment(t.Context(), "nights")
		require.NoError(t, err)
		if experiment == "" {
			experiment = id
		}
		require.Equal(t, experiment, id)
		version, err := client.ServerVersion(t.Context())
		require.NoError(t, err)
		require.FileExists(t, filepath.Join(cache, "daybreak", "mlflow-"+version+".db"))
		require.Equal(t, http.StatusForbidden, statusFor(t, running.URI(), "evil.example"))
		require.Equal(t, http.StatusOK, statusFor(t, running.URI(), "localhost"))

		require.NoError(t, running.Stop())
		requireGone(t, running.URI())
		<-running.Done()
		require.NoError(t, running.Stop(), "stopping again does nothing")
	}
}

func TestAServerDiesWithItsParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"="+t.TempDir())
	parent.Stderr = os.Stderr
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	uri := strings.TrimSpace(line)
	require.Equal(t, http.StatusOK, statusFor(t, uri, "localhost"))

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	requireGone(t, uri)
}

func TestAServerThatEndsAtOnceIsQuoted(t *testing.T) {
	python := script(t, "echo starting; echo 'no module named mlflow' >&2; exit 3")
	_, err := server.Start(t.Context(), server.Options{Dir: t.TempDir(), Python: python})
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "no module named mlflow")
	require.ErrorContains(t, err, "mlflow.log")
}

func TestAPortThatIsTakenIsSaidToBe(t *testing.T) {
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	port := taken.Addr().(*net.TCPAddr).Port
	_, err = server.Start(t.Context(), server.Options{Dir: t.TempDir(), Port: port, Python: script(t, "exit 0")})
	require.ErrorContains(t, err, fmt.Sprint(port))
	require.ErrorContains(t, err, "choose another port")
}

func TestWhereMLflowIsLookedFor(t *testing.T) {
	python, err := server.FindPython()
	require.NoError(t, err)
	require.FileExists(t, python)

	t.Setenv(server.ProgramVariable, "/nowhere/mlflow")
	_, err = server.FindPython()
	require.ErrorContains(t, err, "DAYBREAK_MLFLOW=/nowhere/mlflow")

	t.Setenv(server.ProgramVariable, "")
	checkout := t.TempDir()
	t.Chdir(checkout)
	_, err = server.FindPython()
	require.ErrorContains(t, err, "DAYBREAK_MLFLOW")
	require.NoError(t, os.MkdirAll(filepath.Join(checkout, "requirements"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(checkout, "requirements", "mlflow.txt"), nil, 0o644))
	_, err = server.FindPython()
	require.ErrorContains(t, err, "make venv")
}

func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	return path
}

func statusFor(t *testing.T, uri, host string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, uri+"/api/2.0/mlflow/experiments/get?experiment_id=0", nil)
	require.NoError(t, err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

// requireGone waits until nobody listens there any more.
func requireGone(t *testing.T, uri string) {
	t.Helper()
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp4", strings.TrimPrefix(uri, "http://"))
		if err == nil {
			_ = connection.Close()
		}
		return err != nil
	}, time.Minute, 10*time.Millisecond)
}
