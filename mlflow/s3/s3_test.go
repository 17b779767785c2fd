package s3_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/s3"
	"github.com/daybreak-ml/daybreak/mlflow/server"
)

// storage is an S3 server with the bucket "mlflow". trouble, if any, is asked
// before each request and handles it when it returns true.
type storage struct {
	mutex   sync.Mutex
	trouble func(w http.ResponseWriter, r *http.Request) bool
}

func (s *storage) set(trouble func(w http.ResponseWriter, r *http.Request) bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.trouble = trouble
}

func (s *storage) troubled(w http.ResponseWriter, r *http.Request) bool {
	s.mutex.Lock()
	trouble := s.trouble
	s.mutex.Unlock()
	return trouble != nil && trouble(w, r)
}

func newStorage(t *testing.T) *storage {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("mlflow"))
	s := &storage{}
	handler := gofakes3.New(backend).Server()
	running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.troubled(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(running.Close)
	for name, value := range map[string]string{
		"MLFLOW_S3_ENDPOINT_URL": running.URL, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
	} {
		t.Setenv(name, value)
	}
	return s
}

func content(size int) string {
	random := make([]byte, size)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	return string(random)
}

func writeFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "folder")
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func requireFolder(t *testing.T, files map[string]string, dir string) {
	t.Helper()
	for name, content := range files {
		read, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.True(t, content == string(read), "%s differs", name)
	}
}

// One real server keeps artifacts in S3: it hands out s3:// URIs, and hands
// through what is asked of it all the same.
func TestArtifactsOfARealServerThatKeepsThemInS3(t *testing.T) {
	bucket := newStorage(t)
	running, err := server.Start(t.Context(), server.Options{Dir: t.TempDir(), ArtifactRoot: "s3://mlflow/root", ArtifactDestination: "s3://mlflow/proxied"})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop()) }()

	t.Run("a client that knows S3 reads and writes them there", func(t *testing.T) {
		client, err := mlflow.New(running.URI(), mlflow.WithArtifactStore("s3", s3.Open))
		require.NoError(t, err)
		run, err := client.StartRun(t.Context(), mlflow.RunSpec{Experiment: "nights", Key: "k"})
		require.NoError(t, err)
		require.Regexp(t, `^s3://mlflow/root/`, run.Run().ArtifactURI)
		files := map[string]string{"MLmodel": "flavors: {}", "empty": "", "deep/er/größe 100%.txt": "a", "factors": content(3 << 20)}
		require.NoError(t, run.LogModel(t.Context(), mlflow.ModelSpec{LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model"}, Dir: writeFolder(t, files)}))
		version, err := run.Register(t.Context(), mlflow.VersionSpec{RegisteredModel: "recommender", Model: "model"})
		require.NoError(t, err)
		require.Regexp(t, `^s3://mlflow/root/`, version.Source)
		destination := filepath.Join(t.TempDir(), "1")
		require.NoError(t, client.DownloadVersion(t.Context(), "recommender", "1", destination))
		requireFolder(t, files, destination)
	})
	t.Run("a client that does not says what is to be done", func(t *testing.T) {
		client, err := mlflow.New(running.URI())
		require.NoError(t, err)
		run, err := client.StartRun(t.Context(), mlflow.RunSpec{Experiment: "nights", Key: "k"})
		require.NoError(t, err)
		require.ErrorContains(t, run.LogText(t.Context(), "note.md", "x"), "which the server does not hand through")
	})
	t.Run("a large file that is handed through goes in parts, to URLs the server signs", func(t *testing.T) {
		client, err := mlflow.New(running.URI(), mlflow.WithMultipartUpload(), mlflow.WithBearerToken("mine"))
		require.NoError(t, err)
		var parts, refused atomic.Int32
		bucket.set(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || !r.URL.Query().Has("partNumber") {
				return false
			}
			parts.Add(1)
			if r.Header.Get("Authorization") != "" || refused.CompareAndSwap(0, 1) {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			return false
		})
		run := mlflow.Run{ID: "r", ArtifactURI: "mlflow-artifacts:/1/r/artifacts"}
		files := map[string]string{"small": "x", "factors": content(65 << 20)}
		require.NoError(t, client.UploadFolder(t.Context(), run, writeFolder(t, files), "model"))
		require.Equal(t, int32(3+1), parts.Load(), "three parts, of which one was sent again")
		destination := filepath.Join(t.TempDir(), "model")
		require.NoError(t, client.DownloadArtifacts(t.Context(), run, "model", destination))
		requireFolder(t, files, destination)
	})
}

func TestAFileInS3IsReadFromAnOffsetAndWrittenInParts(t *testing.T) {
	newStorage(t)
	store := open(t, "s3://mlflow/1/run/artifacts")
	large := content(70 << 20)
	require.NoError(t, store.Put(t.Context(), "model/factors", strings.NewReader(large), int64(len(large))))
	reader, from, err := store.Get(t.Context(), "model/factors", 50<<20)
	require.NoError(t, err)
	require.Equal(t, int64(50<<20), from)
	var rest bytes.Buffer
	_, err = rest.ReadFrom(reader)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.True(t, large[50<<20:] == rest.String())
	list, err := store.List(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, []mlflow.Artifact{{Path: "model", IsDir: true}}, list)
	list, err = store.List(t.Context(), "model")
	require.NoError(t, err)
	require.Equal(t, []mlflow.Artifact{{Path: "model/factors", Size: 70 << 20}}, list)
	list, err = store.List(t.Context(), "none")
	require.NoError(t, err)
	require.Empty(t, list)
}

func open(t *testing.T, uri string) mlflow.ArtifactStore {
	t.Helper()
	parsed, err := url.Parse(uri)
	require.NoError(t, err)
	store, err := s3.Open(parsed)
	require.NoError(t, err)
	return store
}

func TestWhatTheStorageRefusesIsNamed(t *testing.T) {
	newStorage(t)
	_, _, err := open(t, "s3://mlflow/1").Get(t.Context(), "none", 0)
	require.ErrorContains(t, err, "get s3://mlflow/1/none")
	err = open(t, "s3://nosuch/1").Put(context.Background(), "a", strings.NewReader("a"), 1)
	require.ErrorContains(t, err, "put s3://nosuch/1/a")
	_, err = s3.Open(&url.URL{Scheme: "s3", Path: "/1"})
	require.ErrorContains(t, err, "no bucket")
	t.Setenv("MLFLOW_S3_ENDPOINT_URL", "localhost:9000")
	_, err = s3.Open(&url.URL{Scheme: "s3", Host: "mlflow"})
	require.ErrorContains(t, err, "want http://HOST:PORT")
}
