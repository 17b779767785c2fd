package main

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A status is what a TrainJob's server is sent.
type status struct {
	TrainerStatus struct {
		ProgressPercentage        int
		EstimatedRemainingSeconds *int
		Metrics                   []struct{ Name, Value string }
	}
}

func TestATrainingTellsItsTrainJobHowFarItHasCome(t *testing.T) {
	var lock sync.Mutex
	var statuses []status
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var s status
		if r.Header.Get("Authorization") != "Bearer secret" || json.NewDecoder(r.Body).Decode(&s) != nil {
			return
		}
		lock.Lock()
		defer lock.Unlock()
		statuses = append(statuses, s)
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	authority, token := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "token")
	require.NoError(t, os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	require.NoError(t, os.WriteFile(token, []byte("secret"), 0o600))
	t.Setenv("KUBEFLOW_TRAINER_SERVER_URL", server.URL+"/status")
	t.Setenv("KUBEFLOW_TRAINER_SERVER_CA_CERT", authority)
	t.Setenv("KUBEFLOW_TRAINER_SERVER_TOKEN", token)

	data, config := shop(t)
	var summary trainSummary
	document(t, &summary, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", filepath.Join(dir, "model"))
	lock.Lock()
	defer lock.Unlock()
	require.GreaterOrEqual(t, len(statuses), 2)
	before := 0
	for _, s := range statuses {
		require.GreaterOrEqual(t, s.TrainerStatus.ProgressPercentage, before)
		before = s.TrainerStatus.ProgressPercentage
	}
	last := statuses[len(statuses)-1].TrainerStatus
	require.Equal(t, 100, last.ProgressPercentage)
	require.Zero(t, *last.EstimatedRemainingSeconds)
	var names []string
	for _, metric := range last.Metrics {
		names = append(names, metric.Name)
	}
	require.Equal(t, "holdout/ndcg@20 holdout/new/ndcg@20 loss ndcg@20 validation/ndcg@20 validation/new/ndcg@20", strings.Join(names, " "))
}

func TestATrainJobThatCannotBeToldFailsNothing(t *testing.T) {
	t.Setenv("KUBEFLOW_TRAINER_SERVER_URL", "https://127.0.0.1:1/status")
	t.Setenv("KUBEFLOW_TRAINER_SERVER_CA_CERT", filepath.Join(t.TempDir(), "none"))
	data, config := shop(t)
	var summary trainSummary
	document(t, &summary, "train", "--events", data, "--config", config, "--as-of", "2024-02-08", "--model-dir", filepath.Join(t.TempDir(), "model"))
	require.NotEmpty(t, summary.Digest)
}
