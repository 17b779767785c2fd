package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// program is where TestMain puts the program.
var program = filepath.Join(os.TempDir(), fmt.Sprintf("predictor-test-%d", os.Getpid()))

func TestMain(m *testing.M) {
	code := 1
	if printed, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Printf("build the predictor: %v\n%s", err, printed)
	} else {
		code = m.Run()
	}
	_ = os.Remove(program) // there is none if the build failed
	os.Exit(code)
}

// addresses is where the program listens.
type addresses struct {
	url      string // of HTTP and gRPC
	grpc     string // of gRPC alone; empty if it doesn't
	profiles string // of pprof; empty if it doesn't
}

// start runs the program on free ports and returns where once it listens.
func start(t *testing.T, args ...string) (*exec.Cmd, addresses) {
	t.Helper()
	command := exec.Command(program, append([]string{"--http_host", "127.0.0.1", "--http_port", "0"}, args...)...)
	logs, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() }) // it has ended already, unless the test failed
	var at addresses
	lines := bufio.NewScanner(logs)
	for lines.Scan() {
		var record struct{ Msg, Address string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &record), "%s", lines.Text())
		switch record.Msg {
		case "listening for gRPC alone":
			at.grpc = record.Address
		case "profiles":
			at.profiles = record.Address
		case "listening":
			at.url = "http://" + record.Address
			go func() {
				for lines.Scan() { // so that the program never waits for its reader
				}
			}()
			return command, at
		}
	}
	require.Fail(t, "the predictor ended before it listened")
	return nil, at
}

func status(url string) int {
	answer, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close() // nothing is read from it
	return answer.StatusCode
}

func TestFlagsThatCanNotBeRightAreMisuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--poll", "0s"}, "--poll is 0s; it must be more than 0"},
		{[]string{"--drain-delay=-1s"}, "--drain-delay is -1s; it must be 0 or more"},
		{[]string{"--grpc_port=-2"}, "--grpc_port is -2; it must be from 0 to 65535, or -1 for none"},
		{[]string{"--payload-url", "sink"}, `--payload-url is "sink"; it must be a URL`},
		{[]string{"--trace-share", "2"}, "--trace-share is 2; it must be from 0 to 1"},
		{[]string{"--http_port", "70000"}, "--http_port is 70000; it must be from 0 to 65535"},
	} {
		command := exec.Command(program, c.args...)
		command.Env = append(os.Environ(), "DAYBREAK_HTTP_HOST=127.0.0.1")
		printed, err := command.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, 2, exit.ExitCode())
		require.Contains(t, string(printed), c.says)
	}
}
