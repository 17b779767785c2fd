package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADatabaseIsCopiedFromTheTemplateOnce(t *testing.T) {
	template := template{filepath.Join(t.TempDir(), "cache", "mlflow-1.2.3.db")}
	first := filepath.Join(t.TempDir(), "mlflow.db")
	fresh, err := template.place(first)
	require.NoError(t, err)
	require.True(t, fresh, "there is no template yet")
	require.NoFileExists(t, first)

	require.NoError(t, os.WriteFile(first, []byte("schema"), 0o644))
	template.keep(first)
	second := filepath.Join(t.TempDir(), "mlflow.db")
	fresh, err = template.place(second)
	require.NoError(t, err)
	require.False(t, fresh)
	content, err := os.ReadFile(second)
	require.NoError(t, err)
	require.Equal(t, "schema", string(content))

	require.NoError(t, os.WriteFile(second, []byte("runs"), 0o644))
	fresh, err = template.place(second)
	require.NoError(t, err)
	require.False(t, fresh)
	content, err = os.ReadFile(second)
	require.NoError(t, err)
	require.Equal(t, "runs", string(content), "a database that exists is left alone")
}

func TestTheTemplateIsThatOfTheInterpretersMLflow(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	environment := t.TempDir()
	python := filepath.Join(environment, "bin", "python")
	require.Empty(t, databaseTemplate(python).path, "without a version there is no template")
	require.NoError(t, os.MkdirAll(filepath.Join(environment, "lib", "python3.11", "site-packages", "mlflow-3.17.2.dist-info"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(environment, "lib", "python3.11", "site-packages", "mlflow_skinny-3.17.2.dist-info"), 0o755))
	require.Equal(t, "/cache/daybreak/mlflow-3.17.2.db", databaseTemplate(python).path)

	fresh, err := template{}.place(filepath.Join(environment, "mlflow.db"))
	require.NoError(t, err)
	require.False(t, fresh, "nothing is kept where there is no template")
}

func TestACacheThatCantBeWrittenIsNoFailure(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	unwritable := template{filepath.Join(file, "mlflow.db")}
	unwritable.keep(file)
	_, err := os.Stat(unwritable.path)
	require.Error(t, err)
}
