package mlflow_test

import (
	"bytes"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

func writeFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "folder")
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func readFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(content)
		return err
	}))
	return files
}

func TestAFolderComesBackAsItWasUploaded(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	large := make([]byte, 8<<20)
	for i := range large {
		large[i] = byte(rand.Uint32())
	}
	files := map[string]string{
		"MLmodel":                "flavors: {}\n",
		"empty":                  "",
		"code/deep/er/loader.py": "import numpy\n",
		"with space+plus.txt":    "a",
		"größe 100%.txt":         "b",
		"model.safetensors":      string(large),
	}
	folder := writeFolder(t, files)
	for range 2 { // again replaces
		require.NoError(t, client.UploadFolder(t.Context(), run, folder, "model"))
	}
	require.NoError(t, client.EnsureRegisteredModel(t.Context(), ownName(t), ""))
	version, err := client.EnsureVersion(t.Context(), ownName(t), run.ID, "model", nil)
	require.NoError(t, err)

	destination := filepath.Join(t.TempDir(), "serving", version.Version)
	require.NoError(t, client.DownloadVersion(t.Context(), ownName(t), version.Version, destination))
	require.Equal(t, files, readFolder(t, destination))
	entries, err := os.ReadDir(filepath.Dir(destination))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing else is left beside it")

	err = client.DownloadVersion(t.Context(), ownName(t), version.Version, destination)
	require.ErrorIs(t, err, fs.ErrExist)
	require.Equal(t, files, readFolder(t, destination))

	part := filepath.Join(t.TempDir(), "code")
	require.NoError(t, client.DownloadArtifacts(t.Context(), run, "model/code", part))
	require.Equal(t, map[string]string{"deep/er/loader.py": "import numpy\n"}, readFolder(t, part))
}

func TestListArtifactsListsOneFolder(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	require.NoError(t, client.UploadFolder(t.Context(), run, writeFolder(t, map[string]string{"a": "123", "sub/b": "1"}), "model"))

	top, err := client.ListArtifacts(t.Context(), run, "")
	require.NoError(t, err)
	require.Equal(t, []mlflow.Artifact{{Path: "model", IsDir: true}}, top)
	below, err := client.ListArtifacts(t.Context(), run, "model")
	require.NoError(t, err)
	require.ElementsMatch(t, []mlflow.Artifact{{Path: "model/a", Size: 3}, {Path: "model/sub", IsDir: true}}, below)
	none, err := client.ListArtifacts(t.Context(), run, "no such folder")
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestAFolderThatCantBeUploadedIsRefused(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	full := writeFolder(t, map[string]string{"a": "1"})
	linked := writeFolder(t, map[string]string{"a": "1"})
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(linked, "link")))
	for name, test := range map[string]struct{ dir, path, want string }{
		"a missing folder":          {filepath.Join(full, "none"), "model", "no such file"},
		"an empty folder":           {t.TempDir(), "model", "holds no files"},
		"a folder with a link":      {linked, "model", "neither a file nor a folder"},
		"a path out of the run":     {full, "../model", "want a clean relative path"},
		"an absolute artifact path": {full, "/model", "want a clean relative path"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, client.UploadFolder(t.Context(), run, test.dir, test.path), test.want)
		})
	}
	elsewhere := run
	elsewhere.ArtifactURI = "s3://bucket/1"
	require.ErrorContains(t, client.UploadFolder(t.Context(), elsewhere, full, "model"), "--serve-artifacts")
}

// listing is a server that lists the same files in every folder.
func listing(t *testing.T, files string) *mlflow.Client {
	t.Helper()
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("path") {
			_, _ = w.Write([]byte(`{"files": ` + files + `}`))
			return
		}
		_, _ = w.Write([]byte("evil"))
	}))
	t.Cleanup(hostile.Close)
	return newClient(t, hostile.URL)
}

func TestAListingThatLeadsOutOfTheFolderIsRefused(t *testing.T) {
	run := mlflow.Run{ID: "r", ArtifactURI: "mlflow-artifacts:/1/r/artifacts"}
	for name, test := range map[string]struct{ files, want string }{
		"a parent":                 {`[{"path": "../evil", "file_size": 4}]`, "can't lie in a folder"},
		"the parent itself":        {`[{"path": "..", "is_dir": true}]`, "can't lie in a folder"},
		"the folder itself":        {`[{"path": ".", "is_dir": true}]`, "can't lie in a folder"},
		"an absolute path":         {`[{"path": "/etc/evil", "file_size": 4}]`, "can't lie in a folder"},
		"another system's slash":   {`[{"path": "..\\evil", "file_size": 4}]`, "can't lie in a folder"},
		"no name":                  {`[{"path": "", "file_size": 4}]`, "can't lie in a folder"},
		"folders without an end":   {`[{"path": "a", "is_dir": true}]`, "nested more than 32 deep"},
		"nothing":                  {`[]`, "there are no files"},
		"a size that is not there": {`[{"path": "a", "file_size": 5}]`, "got 4 bytes of the 5"},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			err := listing(t, test.files).DownloadArtifacts(t.Context(), run, "", filepath.Join(parent, "in", "dest"))
			require.ErrorContains(t, err, test.want)
			require.Empty(t, readFolder(t, parent))
		})
	}
}

func TestADownloadClearsWhatADeadOneLeft(t *testing.T) {
	client := listing(t, `[{"path": "a", "file_size": 4}]`)
	parent := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(parent, ".7.partial", "sub"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(parent, ".7.partial", "sub", "half"), bytes.Repeat([]byte("x"), 9), 0o644))

	run := mlflow.Run{ID: "r", ArtifactURI: "mlflow-artifacts:/1/r/artifacts"}
	require.NoError(t, client.DownloadArtifacts(t.Context(), run, "", filepath.Join(parent, "7")))
	require.Equal(t, map[string]string{"7/a": "evil"}, readFolder(t, parent))
}

func TestAnUploadThatArrivesDamagedIsNoticed(t *testing.T) {
	p := newProxy(t)
	p.set(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/factors") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				drop(w, r)
			}
			body[len(body)-1] ^= 1
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		p.server.ServeHTTP(w, r)
	})
	client := newClient(t, p.uri)
	run := newRun(t, client)
	content := "0.1 0.2"
	folder := writeFolder(t, map[string]string{
		"factors": content, "SHA256SUMS": sum(content) + "  factors\n",
	})
	var damaged *mlflow.ChecksumError
	require.ErrorAs(t, client.UploadFolder(t.Context(), run, folder, "model"), &damaged)
	require.Equal(t, "factors", damaged.Path)

	active, err := client.StartRun(t.Context(), mlflow.RunSpec{RunID: run.ID})
	require.NoError(t, err)
	spec := mlflow.ModelSpec{LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model"}, Dir: folder}
	require.ErrorAs(t, active.LogModel(t.Context(), spec), &damaged)
	p.set(p.server.ServeHTTP)
	require.NoError(t, active.LogModel(t.Context(), spec), "again puts it right")
}
