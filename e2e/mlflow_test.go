package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// trackingServer is a real MLflow server beside the cluster, where pods reach it.
type trackingServer struct{ URI string }

// startMLflow starts the server of the repository's .venv (make venv), which ends with the test.
func startMLflow(t *testing.T) trackingServer {
	t.Helper()
	python, err := filepath.Abs("../.venv/bin/python")
	require.NoError(t, err)
	require.FileExists(t, python, "make venv installs MLflow")
	host := addressForPods(t)
	listener, err := net.Listen("tcp4", net.JoinHostPort(host, "0"))
	require.NoError(t, err)
	server := trackingServer{"http://" + listener.Addr().String()}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())

	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "mlflow.log"))
	require.NoError(t, err)
	command := exec.Command(python, "-m", "mlflow", "server", "--host", host, "--port", port, "--workers", "1",
		"--allowed-hosts", "*", "--serve-artifacts",
		"--backend-store-uri", "sqlite:///"+filepath.Join(dir, "mlflow.db"), "--artifacts-destination", filepath.Join(dir, "artifacts"))
	command.Env = append(os.Environ(), "MLFLOW_DISABLE_TELEMETRY=true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false")
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, unix.Kill(-command.Process.Pid, unix.SIGKILL))
		_ = command.Wait() // it was killed
		if t.Failed() {
			content, err := os.ReadFile(log.Name())
			t.Logf("MLflow: %s %v", content, err)
		}
		require.NoError(t, log.Close())
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for server.get(ctx, "experiments/get-by-name", url.Values{"experiment_name": {"Default"}}, &struct{}{}) != nil {
		select {
		case <-ctx.Done():
			require.NoError(t, ctx.Err(), "MLflow does not answer at %s", server.URI)
		case <-time.After(200 * time.Millisecond):
		}
	}
	return server
}

// addressForPods is this machine's address on the network of the cluster's node.
func addressForPods(t *testing.T) string {
	t.Helper()
	nodes, err := cluster.Client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	for _, address := range nodes.Items[0].Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			connection, err := net.Dial("udp4", net.JoinHostPort(address.Address, "9")) // sends nothing
			require.NoError(t, err)
			defer func() { _ = connection.Close() }() // nothing was sent
			return connection.LocalAddr().(*net.UDPAddr).IP.String()
		}
	}
	require.Fail(t, "the node has no InternalIP")
	return ""
}

// version is what MLflow holds of a version.
type version struct {
	Version string `json:"version"`
	Tags    []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"tags"`
}

func (v version) tag(key string) string {
	for _, tag := range v.Tags {
		if tag.Key == key {
			return tag.Value
		}
	}
	return ""
}

// version reads a version of the registered model "recommender".
func (s trackingServer) version(t *testing.T, number string) version {
	t.Helper()
	var answer struct {
		Version version `json:"model_version"`
	}
	require.NoError(t, s.get(t.Context(), "model-versions/get", url.Values{"name": {"recommender"}, "version": {number}}, &answer))
	return answer.Version
}

// versions reads the versions of the registered model "recommender".
func (s trackingServer) versions(t *testing.T) []version {
	t.Helper()
	var answer struct {
		Versions []version `json:"model_versions"`
	}
	require.NoError(t, s.get(t.Context(), "model-versions/search", url.Values{"filter": {"name='recommender'"}}, &answer))
	return answer.Versions
}

// runs reads the runs of the experiment "daybreak".
func (s trackingServer) runs(t *testing.T) []json.RawMessage {
	t.Helper()
	var found struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		} `json:"experiment"`
	}
	require.NoError(t, s.get(t.Context(), "experiments/get-by-name", url.Values{"experiment_name": {"daybreak"}}, &found))
	body, err := json.Marshal(map[string]any{"experiment_ids": []string{found.Experiment.ID}})
	require.NoError(t, err)
	response, err := http.Post(s.URI+"/api/2.0/mlflow/runs/search", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }() // only read
	require.Equal(t, http.StatusOK, response.StatusCode)
	var answer struct {
		Runs []json.RawMessage `json:"runs"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer.Runs
}

// alias reads which version an alias names.
func (s trackingServer) alias(t *testing.T, alias string) string {
	t.Helper()
	var answer struct {
		Version version `json:"model_version"`
	}
	require.NoError(t, s.get(t.Context(), "registered-models/alias", url.Values{"name": {"recommender"}, "alias": {alias}}, &answer))
	return answer.Version.Version
}

func (s trackingServer) get(ctx context.Context, path string, query url.Values, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URI+"/api/2.0/mlflow/"+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", request.URL, response.Status)
	} else {
		err = json.NewDecoder(response.Body).Decode(answer)
	}
	return errors.Join(err, response.Body.Close())
}
