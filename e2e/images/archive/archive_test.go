package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"
)

func TestTheSameProgramGivesTheSameBytes(t *testing.T) {
	first, second := write(t, "content"), write(t, "content")
	require.Equal(t, first.Digest, second.Digest)
	firstBytes, err := os.ReadFile(first.Path)
	require.NoError(t, err)
	secondBytes, err := os.ReadFile(second.Path)
	require.NoError(t, err)
	require.Equal(t, firstBytes, secondBytes)
}

func TestAnotherProgramGivesAnotherDigest(t *testing.T) {
	require.NotEqual(t, write(t, "content").Digest, write(t, "other").Digest)
}

func TestDescribeTellsWhatWasWritten(t *testing.T) {
	written := write(t, "content")
	described, err := Describe(written.Path)
	require.NoError(t, err)
	require.Equal(t, "example.com/team/program:1", described.Name)
	require.Equal(t, written.Digest, described.Digest)
}

func TestDescribeRefusesOtherTars(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.tar")
	require.NoError(t, writeFile(path, func(w io.Writer) error {
		archive := tar.NewWriter(w)
		return errors.Join(addFile(archive, "note", 0o644, []byte("text")), archive.Close())
	}))
	_, err := Describe(path)
	require.ErrorIs(t, err, ErrNotLayout)
}

func TestAnImageRunsItsProgramAsNoOneAndTrustsTheRoots(t *testing.T) {
	blobs := read(t, write(t, "content").Path)
	var index v1.Index
	require.NoError(t, json.Unmarshal(blobs["index.json"], &index))
	var manifest v1.Manifest
	require.NoError(t, json.Unmarshal(blobs[path(index.Manifests[0])], &manifest))
	var config v1.Image
	require.NoError(t, json.Unmarshal(blobs[path(manifest.Config)], &config))
	require.Equal(t, "65532:65532", config.Config.User)
	require.Equal(t, []string{"/program"}, config.Config.Entrypoint)

	layer, err := gzip.NewReader(bytes.NewReader(blobs[path(manifest.Layers[0])]))
	require.NoError(t, err)
	files := entries(t, layer)
	require.Equal(t, "content", files["program"])
	require.Contains(t, files["etc/ssl/certs/ca-certificates.crt"], "BEGIN CERTIFICATE")
	require.Contains(t, files["etc/passwd"], "65532")
}

func TestDockersManifestNamesTheSameParts(t *testing.T) {
	blobs := read(t, write(t, "content").Path)
	var manifests []dockerManifest
	require.NoError(t, json.Unmarshal(blobs["manifest.json"], &manifests))
	require.Equal(t, []string{"example.com/team/program:1"}, manifests[0].RepoTags)
	require.Contains(t, blobs, manifests[0].Config)
	require.Contains(t, blobs, manifests[0].Layers[0])
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	_, err := Write(filepath.Join(t.TempDir(), "image.tar"), Image{Name: "a:1", Program: "/nowhere/program", Entrypoint: "/program"})
	require.ErrorContains(t, err, "/nowhere/program")
}

func write(t *testing.T, content string) Written {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	require.NoError(t, os.WriteFile(program, []byte(content), 0o755))
	written, err := Write(filepath.Join(folder, "image.tar"), Image{
		Name: "example.com/team/program:1", Program: program, Entrypoint: "/program", Title: "A program",
	})
	require.NoError(t, err)
	return written
}

func path(descriptor v1.Descriptor) string { return "blobs/sha256/" + descriptor.Digest.Encoded() }

func read(t *testing.T, path string) map[string][]byte {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	blobs := map[string][]byte{}
	for name, content := range entries(t, file) {
		blobs[name] = []byte(content)
	}
	return blobs
}

func entries(t *testing.T, from io.Reader) map[string]string {
	t.Helper()
	found := map[string]string{}
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		found[header.Name] = string(content)
	}
}
