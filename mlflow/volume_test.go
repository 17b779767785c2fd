package mlflow_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

// soaking reports whether the long forms of tests are to run, as make soak does.
func soaking() bool { return os.Getenv("DAYBREAK_SOAK") != "" }

func TestManyPointsOfAMetricAreAllThere(t *testing.T) {
	count := 5_000
	if soaking() {
		count = 100_000
	}
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	points := make([]mlflow.Metric, count)
	for i := range points {
		points[i] = mlflow.Metric{Key: "train/loss", Value: rand.NormFloat64(), Step: int64(i), Timestamp: 1320710400000 + int64(i)}
	}
	require.NoError(t, client.LogMetrics(t.Context(), run.ID, points))
	history, err := client.MetricHistory(t.Context(), run.ID, "train/loss")
	require.NoError(t, err)
	require.Len(t, history, count)
	bySteps := make([]mlflow.Metric, count)
	for _, point := range history {
		bySteps[point.Step] = point
	}
	require.True(t, equal(points, bySteps))
	t.Logf("%d points", count)
}

func equal(a, b []mlflow.Metric) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestALargeArtifactGoesThereAndBackInConstantMemory(t *testing.T) {
	size := int64(48 << 20)
	if soaking() {
		size = 2 << 30
	}
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	folder := t.TempDir()
	sum := writeRandom(t, filepath.Join(folder, "factors"), size)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(sum+"  factors\n"), 0o644))

	before := allocated()
	require.NoError(t, client.UploadFolder(t.Context(), run, folder, "model"))
	destination := filepath.Join(t.TempDir(), "model")
	require.NoError(t, client.DownloadArtifacts(t.Context(), run, "model", destination))
	used := allocated() - before
	require.Less(t, used, uint64(16<<20), "bytes allocated in all, from an artifact of %d", size)
	info, err := os.Stat(filepath.Join(destination, "factors"))
	require.NoError(t, err)
	require.Equal(t, size, info.Size())
	t.Logf("%d bytes there and back, compared with their SHA-256, allocated %d bytes", size, used)
}

// allocated is how many bytes were allocated so far, those that were freed
// included.
func allocated() uint64 {
	var statistics runtime.MemStats
	runtime.ReadMemStats(&statistics)
	return statistics.TotalAlloc
}

// writeRandom writes a file of random bytes and returns its SHA-256.
func writeRandom(t *testing.T, path string, size int64) string {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(file, hash), 1<<20)
	_, err = io.CopyN(buffered, rand.NewChaCha8([32]byte{1}), size)
	require.NoError(t, err)
	require.NoError(t, buffered.Flush())
	require.NoError(t, file.Close())
	return hex.EncodeToString(hash.Sum(nil))
}

func TestADamagedFileIsNamed(t *testing.T) {
	client := newClient(t, trackingURI())
	run := newRun(t, client)
	// A single file is taken as it is; a folder would be refused.
	upload := func(files map[string]string) {
		folder := writeFolder(t, files)
		for name := range files {
			require.NoError(t, client.UploadFile(t.Context(), run, filepath.Join(folder, name), "model/"+name))
		}
	}
	upload(map[string]string{"factors": "0123456789", "SHA256SUMS": sum("0123456780") + "  factors\n"})
	parent := t.TempDir()
	err := client.DownloadArtifacts(t.Context(), run, "model", filepath.Join(parent, "model"))
	var damaged *mlflow.ChecksumError
	require.ErrorAs(t, err, &damaged)
	require.Equal(t, mlflow.ChecksumError{Path: "factors", Want: sum("0123456780"), Got: sum("0123456789")}, *damaged)
	require.NoDirExists(t, filepath.Join(parent, "model"))

	for name, sums := range map[string]string{"not what sha256sum writes": "0123  factors\n", `names "others", which is not there`: sum("x") + "  others\n"} {
		upload(map[string]string{"factors": "0", "SHA256SUMS": sums})
		require.ErrorContains(t, client.DownloadArtifacts(t.Context(), run, "model", filepath.Join(parent, "model")), name)
	}
}

func TestADownloadThatWasCutGoesOnWhereItWas(t *testing.T) {
	direct := newClient(t, trackingURI())
	run := newRun(t, direct)
	content := fmt.Sprintf("%01048576d", 7)
	folder := writeFolder(t, map[string]string{"factors": content, "SHA256SUMS": sum(content) + "  factors\n"})
	require.NoError(t, direct.UploadFolder(t.Context(), run, folder, "model"))
	proxy := newProxy(t)
	cut := false
	var asked []string
	proxy.set(func(w http.ResponseWriter, r *http.Request) {
		if filepath.Base(r.URL.Path) == "factors" {
			asked = append(asked, r.Header.Get("Range"))
			if !cut {
				cut = true
				proxy.cut(w, r)
			}
		}
		proxy.server.ServeHTTP(w, r)
	})
	destination := filepath.Join(t.TempDir(), "model")
	require.NoError(t, newClient(t, proxy.uri).DownloadArtifacts(t.Context(), run, "model", destination))
	require.Equal(t, readFolder(t, folder), readFolder(t, destination))
	require.Len(t, asked, 2)
	require.Regexp(t, `^bytes=[1-9]\d*-$`, asked[1])
}
