package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// folder is a model folder of two files with their sums.
func folder(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "13")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "code"), 0o755))
	sums := ""
	for _, name := range []string{"code/model.py", "model.safetensors"} {
		content := []byte("content of " + name)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
		sum := sha256.Sum256(content)
		sums += hex.EncodeToString(sum[:]) + "  " + name + "\n"
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, sumsFile), []byte(sums), 0o600))
	return dir
}

func TestAFolderThatIsNotWhatItsSumsSayIsRefused(t *testing.T) {
	require.NoError(t, verify(folder(t)))
	for _, c := range []struct {
		name  string
		spoil func(dir string) error
		says  string
	}{
		{"a flipped byte", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "model.safetensors"), []byte("Content of model.safetensors"), 0o600)
		}, "model.safetensors has SHA-256"},
		{"a missing file", func(dir string) error { return os.Remove(filepath.Join(dir, "code", "model.py")) }, "model.py is missing"},
		{"a file that is not listed", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "code", "more.py"), nil, 0o600)
		}, "more.py is not listed"},
		{"no sums", func(dir string) error { return os.Remove(filepath.Join(dir, sumsFile)) }, "SHA256SUMS can't be read"},
		{"sums that are none", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, sumsFile), []byte("model.safetensors\n"), 0o600)
		}, "no SHA-256 and path"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t)
			require.NoError(t, c.spoil(dir))
			err := verify(dir)
			var damage *IntegrityError
			require.ErrorAs(t, err, &damage)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func FuzzReadSums(f *testing.F) {
	sums, err := os.ReadFile(filepath.Join(folder(f), sumsFile))
	require.NoError(f, err)
	f.Add(sums)
	f.Add([]byte("00  x"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), sumsFile)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		sums, err := readSums(path)
		if err == nil {
			for name, sum := range sums {
				require.NotEmpty(t, name)
				require.Len(t, sum, 64)
			}
		}
	})
}
