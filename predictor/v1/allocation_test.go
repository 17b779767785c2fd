//go:build !race

package v1_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	v1 "github.com/daybreak-ml/daybreak/predictor/v1"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// newHandler returns the protocol's handler for a small model.
func newHandler(t testing.TB) http.Handler {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "1")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, 1, modeltest.Size{Users: 30, Items: 5000, Rank: 8})))
	measured := metrics.New()
	models := versions.NewRepository("recommender", versions.Source{Dir: dir},
		func(name string) versions.Observer { return measured.Model(name) })
	require.NoError(t, models.Load("recommender"))
	t.Cleanup(models.Close)
	api := v1.API{Service: &recommend.Service{Models: models, Metrics: measured, Gate: recommend.NewGate(1, 10, 0)}}
	return api.Direct(http.NotFoundHandler())
}

// A discarded answer is one that nobody gets.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header            { return d.header }
func (d *discarded) MeasuresBody()                  {}
func (d *discarded) WriteHeader(status int)         { d.status = status }
func (d *discarded) Write(body []byte) (int, error) { return len(body), nil }

// asking returns a function that asks for k items for one shopper.
func asking(t testing.TB, k int) func() {
	handler, answer := newHandler(t), &discarded{header: http.Header{}}
	document := bytes.NewReader(fmt.Appendf(nil, `{"instances":[{"user_id":%q,"k":%d}]}`, modeltest.UserID(3), k))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/models/recommender:predict", io.NopCloser(document))
	require.NoError(t, err)
	request.ContentLength = document.Size()
	return func() {
		_, _ = document.Seek(0, io.SeekStart) // which doesn't fail
		handler.ServeHTTP(answer, request)
		require.Equal(t, http.StatusOK, answer.status)
	}
}

// The race detector makes sync.Pool forget at random, so that this is measured without it.
func TestAPredictionAllocatesNothingHoweverLongItsAnswer(t *testing.T) {
	const requests = 500
	for _, k := range []int{1, 10, 1000} {
		ask := asking(t, k)
		made := testing.AllocsPerRun(1, func() { // it has run once before that, and leaves memory that is used again
			for range requests {
				ask()
			}
		})
		require.Less(t, made, requests/10.0, "%d items", k) // a collection may take some of that memory
	}
}

// BenchmarkPredict answers requests for ten items, from routing on.
func BenchmarkPredict(b *testing.B) {
	ask := asking(b, 10)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}
