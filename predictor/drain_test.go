package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// overHTTP sends a request by a transport that speaks only the protocols given.
func overHTTP(t *testing.T, url string, speak func(*http.Protocols)) func() error {
	t.Helper()
	var protocols http.Protocols
	speak(&protocols)
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	return func() error {
		answer, err := client.Post(url+"/v1/models/recommender:predict", "application/json", strings.NewReader(`{"instances":[{"user_id":"shopper-00001"}]}`))
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %d", answer.StatusCode)
		}
		return errors.Join(err, answer.Body.Close())
	}
}

// overGRPC makes a call.
func overGRPC(t *testing.T, address string) func() error {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	client := inference.NewGRPCInferenceServiceClient(connection)
	return func() error {
		_, err := client.ModelInfer(t.Context(), &inference.ModelInferRequest{
			ModelName: "recommender", RawInputContents: [][]byte{{1, 0, 0, 0, '1'}},
			Inputs: []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: "BYTES", Shape: []int64{1}}},
		})
		return err
	}
}

func TestSIGTERMUnderLoadFailsNoRequest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "13")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, 1, modeltest.Small)))
	command, at := start(t, "--model_dir", dir, "--drain-delay", "10s", "--poll", "20ms", "--grpc_port", "0")
	require.Eventually(t, func() bool { return status(at.url+"/v2/health/ready") == http.StatusOK }, 5*time.Minute, 5*time.Millisecond)

	// A client that watches health for as long as it may doesn't keep the server from ending.
	watching, err := grpc.NewClient(at.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { require.NoError(t, watching.Close()) }()
	watched, err := healthpb.NewHealthClient(watching).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = watched.Recv()
	require.NoError(t, err)

	// Clients send until they are told that the server isn't ready, and a little longer, as a
	// Service's endpoints do.
	clients := map[string]func() error{
		"HTTP/1.1":             overHTTP(t, at.url, func(p *http.Protocols) { p.SetHTTP1(true) }),
		"h2c":                  overHTTP(t, at.url, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }),
		"gRPC":                 overGRPC(t, strings.TrimPrefix(at.url, "http://")),
		"gRPC on its own port": overGRPC(t, at.grpc),
	}
	var answered, afterReadiness atomic.Int64
	var sending sync.WaitGroup
	gone := make(chan struct{})
	notReady := make(chan struct{})
	faults := make(chan error, len(clients))
	for name, send := range clients {
		sending.Go(func() {
			for {
				select {
				case <-gone:
					return
				case <-notReady:
					afterReadiness.Add(1)
				default:
				}
				if err := send(); err != nil {
					faults <- fmt.Errorf("%s: %w", name, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return answered.Load() > 100 || len(faults) > 0 }, 5*time.Minute, time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return status(at.url+"/v2/health/ready") == http.StatusServiceUnavailable }, 5*time.Minute, time.Millisecond)
	close(notReady)
	require.Eventually(t, func() bool { return afterReadiness.Load() > 20 || len(faults) > 0 }, 5*time.Minute, time.Millisecond)
	close(gone)
	sending.Wait()
	close(faults)
	for err := range faults {
		require.NoError(t, err)
	}
	require.NoError(t, command.Wait(), "the exit code must be 0")
	t.Logf("%d requests answered, %d of them after readiness went off, 0 failed", answered.Load(), afterReadiness.Load())
}
