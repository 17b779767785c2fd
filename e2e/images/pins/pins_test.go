package pins

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/e2e/images/archive"
)

func TestAComponentNamesEachImageByItsDigest(t *testing.T) {
	folder := t.TempDir()
	built := digest.FromString("built")
	require.NoError(t, Write(folder, []archive.Written{{Name: "ghcr.io/daybreak-ml/trainer:dev", Digest: built}}))

	document, err := os.ReadFile(filepath.Join(folder, "kustomization.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(document), `- {name: ghcr.io/daybreak-ml/trainer, digest: "`+built.String()+`"}`+"\n")
	require.FileExists(t, filepath.Join(folder, "fields.yaml"))
}

func TestAFolderThatIsNotThereIsNamed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	require.ErrorContains(t, Write(folder, nil), folder)
}
