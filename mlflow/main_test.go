package mlflow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/server"
)

func TestMain(m *testing.M) {
	if arguments := os.Getenv(spoolVariable); arguments != "" {
		os.Exit(spoolProgram(strings.Split(arguments, "\n")))
	}
	code := m.Run()
	if err := tracking.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// trackingServer is the one real MLflow server of these tests. It starts when
// the first asks for it: the processes of a fuzzing run never do.
type trackingServer struct {
	start   sync.Once
	dir     string
	running *server.Server
	err     error
}

var tracking trackingServer

// trackingURI is where the server answers.
func trackingURI() string {
	tracking.start.Do(func() {
		if tracking.dir, tracking.err = os.MkdirTemp("", "mlflow-test-"); tracking.err == nil {
			tracking.running, tracking.err = server.Start(context.Background(), server.Options{Dir: tracking.dir})
		}
	})
	if tracking.err != nil {
		panic(tracking.err)
	}
	return tracking.running.URI()
}

func (s *trackingServer) stop() error {
	if s.running == nil {
		return nil
	}
	return errors.Join(s.running.Stop(), os.RemoveAll(s.dir))
}

// quickly is the retry policy of tests: as many attempts, without the waits.
var quickly = mlflow.Retry{Attempts: 4, BaseDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond, MaxRetryAfter: 2 * time.Second}

func newClient(t *testing.T, uri string, options ...mlflow.Option) *mlflow.Client {
	t.Helper()
	client, err := mlflow.New(uri, append([]mlflow.Option{mlflow.WithRetry(quickly)}, options...)...)
	require.NoError(t, err)
	return client
}

// ownName is a name of an experiment or model that no other test uses.
func ownName(t *testing.T) string {
	return strings.NewReplacer("/", "-", ":", "-").Replace(t.Name())
}

func newExperiment(t *testing.T, client *mlflow.Client) string {
	t.Helper()
	id, err := client.EnsureExperiment(t.Context(), ownName(t))
	require.NoError(t, err)
	return id
}

func newRun(t *testing.T, client *mlflow.Client) mlflow.Run {
	t.Helper()
	run, err := client.EnsureRun(t.Context(), newExperiment(t, client), "key", "night", nil)
	require.NoError(t, err)
	return run
}

// respond is a server that gives every request the same answer.
func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}
