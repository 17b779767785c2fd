package dependencies_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/dependencies"
)

func TestWhatAPackageLinksIsFound(t *testing.T) {
	linked, err := dependencies.Of("..")
	require.NoError(t, err)
	require.Contains(t, linked.Packages, "github.com/alecthomas/kong")
	require.Contains(t, linked.Modules, "github.com/alecthomas/kong")
	require.NotContains(t, linked.Packages, "fmt")
	require.Equal(t, []string{"command"}, linked.Own())
	require.Empty(t, linked.Kubernetes())
	_, err = dependencies.Of(t.TempDir())
	require.ErrorContains(t, err, "list what")
}

func TestPackagesOfKubernetesAreFound(t *testing.T) {
	linked := dependencies.Linked{Packages: []string{
		"github.com/kserve/kserve/pkg/apis/serving/v1beta1", "github.com/stretchr/testify/require", "k8s.io/api/core/v1",
	}}
	require.Equal(t, []string{"github.com/kserve/kserve/pkg/apis/serving/v1beta1", "k8s.io/api/core/v1"}, linked.Kubernetes())
}

func TestADifferenceFromTheListIsReported(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dependencies.txt")
	linked := dependencies.Linked{Modules: []string{"example.org/a", "example.org/b"}}
	require.ErrorIs(t, linked.Compare(file, false), os.ErrNotExist)
	require.NoError(t, linked.Compare(file, true))
	require.NoError(t, linked.Compare(file, false))
	require.NoError(t, os.WriteFile(file, []byte("example.org/b\nexample.org/c\n"), 0o600))
	require.ErrorContains(t, linked.Compare(file, false), "+ example.org/a\n- example.org/c")
}
