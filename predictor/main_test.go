package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
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

// start runs the program on a free port and returns its URL once it listens.
func start(t *testing.T, args ...string) (*exec.Cmd, string) {
	t.Helper()
	command := exec.Command(program, append([]string{"--http_host", "127.0.0.1", "--http_port", "0"}, args...)...)
	logs, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() }) // it has ended already, unless the test failed
	lines := bufio.NewScanner(logs)
	for lines.Scan() {
		var record struct{ Msg, Address string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &record), "%s", lines.Text())
		if record.Msg == "listening" {
			go func() {
				for lines.Scan() { // so that the program never waits for its reader
				}
			}()
			return command, "http://" + record.Address
		}
	}
	require.Fail(t, "the predictor ended before it listened")
	return nil, ""
}

func status(url string) int {
	answer, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close() // nothing is read from it
	return answer.StatusCode
}

func TestSIGTERMUnderLoadFailsNoRequest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "13")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, 1, modeltest.Small)))
	command, url := start(t, "--model_dir", dir, "--drain-delay", "3s", "--poll", "20ms")
	require.Eventually(t, func() bool { return status(url+"/v2/health/ready") == http.StatusOK }, 20*time.Second, 5*time.Millisecond)

	// Clients send until they are told that the server isn't ready, and a little longer, as a
	// Service's endpoints do.
	var answered, afterReadiness atomic.Int64
	var sending sync.WaitGroup
	gone := make(chan struct{})
	notReady := make(chan struct{})
	faults := make(chan error, 4)
	for range cap(faults) {
		sending.Go(func() {
			for {
				select {
				case <-gone:
					return
				case <-notReady:
					afterReadiness.Add(1)
				default:
				}
				answer, err := http.Post(url+"/v1/models/recommender:predict", "application/json", strings.NewReader(`{"instances":[{"user_id":"shopper-00001"}]}`))
				if err == nil && answer.StatusCode != http.StatusOK {
					err = fmt.Errorf("status %d", answer.StatusCode)
				}
				if err != nil {
					faults <- err
					return
				}
				_ = answer.Body.Close() // the status is all that counts
				answered.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return answered.Load() > 100 || len(faults) > 0 }, 20*time.Second, time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return status(url+"/v2/health/ready") == http.StatusServiceUnavailable }, 20*time.Second, time.Millisecond)
	close(notReady)
	require.Eventually(t, func() bool { return afterReadiness.Load() > 20 || len(faults) > 0 }, 20*time.Second, time.Millisecond)
	close(gone)
	sending.Wait()
	close(faults)
	for err := range faults {
		require.NoError(t, err)
	}
	require.NoError(t, command.Wait(), "the exit code must be 0")
	t.Logf("%d requests answered, %d of them after readiness went off, 0 failed", answered.Load(), afterReadiness.Load())
}

func TestFlagsThatCanNotBeRightAreMisuse(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--poll", "0s"}, "--poll is 0s; it must be more than 0"},
		{[]string{"--drain-delay=-1s"}, "--drain-delay is -1s; it must be 0 or more"},
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
