package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/server"
)

// patience is how long is waited for what comes soon, on the slowest of machines.
const patience = 5 * time.Minute

// A shop is a server with the folder its models come from.
type shop struct {
	models string // holds model folders
	link   string // --model_dir: a symbolic link to one of them
	url    string
}

// open starts a server that has no model yet.
func open(t *testing.T) *shop {
	t.Helper()
	dir := t.TempDir()
	s := &shop{models: dir, link: filepath.Join(dir, "current")}
	s.url = serve(t, server.Options{ModelName: "recommender", ModelDir: s.link, Poll: 10 * time.Millisecond})
	return s
}

// openWith starts a server and waits until version 1 serves.
func openWith(t *testing.T, seed uint64) *shop {
	t.Helper()
	s := open(t)
	s.point(t, s.add(t, "1", modeltest.Parameters(t, seed, modeltest.Small)))
	s.await(t, "1")
	return s
}

// serve runs a server until the test ends and returns its URL.
func serve(t *testing.T, options server.Options) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.New(options).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return "http://" + listener.Addr().String()
}

// add writes a model folder named by version.
func (s *shop) add(t *testing.T, version string, p model.Parameters) string {
	t.Helper()
	dir := filepath.Join(s.models, version)
	require.NoError(t, model.Write(dir, p))
	return dir
}

// point makes the link lead to dir, in one step.
func (s *shop) point(t testing.TB, dir string) {
	t.Helper()
	beside := s.link + ".new"
	require.NoError(t, os.Symlink(dir, beside))
	require.NoError(t, os.Rename(beside, s.link))
}

// await waits until a version serves.
func (s *shop) await(t *testing.T, version string) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, body := s.ask(t, http.MethodGet, "/v2/models/recommender", "")
		return status == http.StatusOK && body["versions"].([]any)[0] == version
	}, patience, 5*time.Millisecond)
}

// ask sends a request and returns the answer's status and JSON object.
func (s *shop) ask(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()
	status, answer := s.askRaw(t, method, path, body)
	var object map[string]any
	require.NoError(t, json.Unmarshal(answer, &object), "%s", answer)
	return status, object
}

func (s *shop) askRaw(t *testing.T, method, path, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewBufferString(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, content
}
