package conformance_test

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/server"
)

// given is what the clients are told.
type given struct {
	URL        string    `json:"url"`
	Address    string    `json:"address"`     // of HTTP and gRPC
	OwnAddress string    `json:"own_address"` // of gRPC alone
	Model      string    `json:"model"`
	Version    string    `json:"version"`
	User       string    `json:"user"`
	Items      []string  `json:"items"` // that the user must get for k = 3
	Scores     []float32 `json:"scores"`
}

// open runs a predictor until the test ends, with both ports.
func open(t *testing.T) given {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "13")
	parameters := modeltest.Parameters(t, 1, modeltest.Small)
	require.NoError(t, model.Write(dir, parameters))
	m, err := model.New(parameters)
	require.NoError(t, err)
	answer, err := m.Recommend(model.Request{User: "shopper-00002", K: 3})
	require.NoError(t, err)

	g := given{Model: "recommender", Version: "13", User: "shopper-00002"}
	for _, item := range answer.Items {
		g.Items, g.Scores = append(g.Items, item.ID), append(g.Scores, item.Score)
	}
	web, own := listen(t), listen(t)
	g.Address, g.OwnAddress, g.URL = web.Addr().String(), own.Addr().String(), "http://"+web.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	s := server.New(server.Options{ModelName: g.Model, ModelDir: dir, Poll: 10 * time.Millisecond, GRPC: own})
	go func() { ended <- s.Serve(ctx, web) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	require.Eventually(t, func() bool {
		answer, err := http.Get(g.URL + "/v2/health/ready")
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	}, 5*time.Minute, 5*time.Millisecond)
	return g
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}
