package metrics_test

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
)

func TestRequestsAreCountedByTheirOutcomeInWhateverOrderTheyCome(t *testing.T) {
	m := metrics.New()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				answered := metrics.Outcome{Protocol: "v1", Code: "200", Model: "recommender", Version: "13", Took: time.Millisecond}
				lists := []model.Answer{{Strategy: model.Blend}, {Strategy: model.Blend}, {Strategy: model.Popularity}}
				if i%4 == 3 {
					answered.Version = "14"
				}
				m.Answered(answered)
				m.Model("recommender").Predicted(answered.Version, lists, time.Millisecond)
			}
			m.Answered(metrics.Outcome{Protocol: "grpc", Code: "Internal"})
		})
	}
	all.Wait()
	shown := httptest.NewRecorder()
	m.Handler().ServeHTTP(shown, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`daybreak_predictor_requests_total{code="200",model_name="recommender",model_version="13",protocol="v1"} 600`,
		`daybreak_predictor_requests_total{code="200",model_name="recommender",model_version="14",protocol="v1"} 200`,
		`daybreak_predictor_requests_total{code="Internal",model_name="",model_version="",protocol="grpc"} 8`,
		`daybreak_predictor_request_duration_seconds_count{protocol="v1"} 800`,
		`daybreak_predictor_recommendations_total{model_name="recommender",model_version="13",strategy="blend"} 1200`,
		`daybreak_predictor_recommendations_total{model_name="recommender",model_version="14",strategy="popularity"} 200`,
	} {
		require.Contains(t, shown.Body.String(), line+"\n")
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	m, lists := metrics.New(), []model.Answer{{Strategy: model.Blend}}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		m.Answered(metrics.Outcome{Protocol: "v1", Code: "200", Model: "recommender", Version: "13", Took: time.Millisecond})
		m.Model("recommender").Predicted("13", lists, time.Millisecond)
	}))
}
