package handover

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shelf is a registry whose every version is the folder that content gives.
type shelf struct{ content func() string }

func (s shelf) DownloadVersion(_ context.Context, _, version, dir string) error {
	if version == "99" {
		return errors.New("there is no version 99")
	}
	return os.CopyFS(dir, os.DirFS(s.content()))
}

// service answers like a predictor that serves what serving/current names, unless it refuses it.
func service(t *testing.T, serving string, refuses func(version string) bool) string {
	t.Helper()
	serves := ""
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/repository/models/shop/load", func(w http.ResponseWriter, _ *http.Request) {
		version, err := os.Readlink(filepath.Join(serving, "current"))
		if err != nil || refuses(version) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"golden request 3: item 85123A is missing"}`))
			return
		}
		serves = version
	})
	mux.HandleFunc("GET /v2/models/shop", func(w http.ResponseWriter, _ *http.Request) {
		if serves == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`{"versions":["` + serves + `"]}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func local(t *testing.T, refuses func(version string) bool) Local {
	t.Helper()
	serving := filepath.Join(t.TempDir(), "serving")
	return Local{
		Registry: shelf{func() string { return folder(t) }}, Model: "shop", Serving: serving,
		Predictor: Predictor{URL: service(t, serving, refuses), Model: "shop"},
		Timeout:   time.Minute,
	}
}

func never(string) bool { return false }

func linked(t *testing.T, l Local) string {
	t.Helper()
	version, err := l.link()
	require.NoError(t, err)
	return version
}

func TestAVersionServesOnceTheServiceNamesIt(t *testing.T) {
	l := local(t, never)
	require.NoError(t, l.HandOver(context.Background(), "1"))
	require.Equal(t, "1", linked(t, l))
	require.NoError(t, l.HandOver(context.Background(), "2"))
	require.Equal(t, "2", linked(t, l))
	require.NoError(t, l.HandOver(context.Background(), "2"), "handing over again changes nothing")
	require.DirExists(t, filepath.Join(l.Serving, "1"), "the version before is kept")
}

func TestAVersionThatTheServiceRefusesIsTakenBack(t *testing.T) {
	l := local(t, func(version string) bool { return version != "1" })
	var refused *RefusedError
	require.NoError(t, l.HandOver(context.Background(), "1"))
	err := l.HandOver(context.Background(), "2")
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "hand over version 2: the predictor refuses it: golden request 3: item 85123A is missing")
	require.Equal(t, "1", linked(t, l))

	l = local(t, func(string) bool { return true })
	require.ErrorAs(t, l.HandOver(context.Background(), "1"), &refused)
	require.Empty(t, linked(t, l), "where nothing served, nothing does")
}

func TestAServiceThatNeverNamesTheVersionIsGivenUpOn(t *testing.T) {
	t.Parallel()
	l := local(t, never)
	elsewhere := local(t, never)
	require.NoError(t, elsewhere.HandOver(context.Background(), "7"))
	l.Predictor = elsewhere.Predictor // which reads another folder
	l.Timeout = 3 * time.Second       // in which the slowest of machines asks once
	err := l.HandOver(context.Background(), "1")
	require.ErrorContains(t, err, "did not name the version within 3s")
	require.ErrorContains(t, err, "it names version 7; its --model_dir must be the link")
	require.Empty(t, linked(t, l))
}

func TestADamagedVersionNeverBecomesCurrent(t *testing.T) {
	damaged := func(t *testing.T) string {
		dir := folder(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "model.safetensors"), nil, 0o600))
		return dir
	}
	l := local(t, never)
	require.NoError(t, l.HandOver(context.Background(), "1"))

	require.NoError(t, os.CopyFS(filepath.Join(l.Serving, "2"), os.DirFS(damaged(t))))
	require.NoError(t, l.HandOver(context.Background(), "2"), "one that was damaged here is fetched anew")
	require.Equal(t, "2", linked(t, l))

	l.Registry = shelf{func() string { return damaged(t) }}
	var damage *IntegrityError
	err := l.HandOver(context.Background(), "3")
	require.ErrorAs(t, err, &damage)
	require.ErrorContains(t, err, "what the registry holds is damaged")
	require.Equal(t, "2", linked(t, l))
	require.NoDirExists(t, filepath.Join(l.Serving, "3"))

	require.ErrorContains(t, l.HandOver(context.Background(), "99"), "there is no version 99")
}

func TestWhatAKilledHandOverLeftIsRemoved(t *testing.T) {
	l := local(t, never)
	require.NoError(t, l.Clean(), "nothing was ever handed over")
	require.NoError(t, l.HandOver(context.Background(), "1"))
	require.NoError(t, os.Mkdir(filepath.Join(l.Serving, ".2-half"), 0o755))
	require.NoError(t, os.Symlink("2", filepath.Join(l.Serving, ".current")))
	require.NoError(t, l.Clean())
	entries, err := os.ReadDir(l.Serving)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, "1", linked(t, l))
}
