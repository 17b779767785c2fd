package mlflow_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/server"
)

// trackingURI is where the one real MLflow server of these tests answers.
var trackingURI string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mlflow-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	running, err := server.Start(context.Background(), server.Options{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	trackingURI = running.URI()
	code := m.Run()
	if err := running.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
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
