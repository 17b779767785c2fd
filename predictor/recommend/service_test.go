package recommend_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// shop has items enough that requests for few of them share a pass.
var shop = modeltest.Size{Users: 30, Items: 200, Rank: 8}

// newService returns a service of one model with a gate.
func newService(t *testing.T, concurrency, queue int) *recommend.Service {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "1")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, 1, shop)))
	measured := metrics.New()
	models := versions.NewRepository("recommender", versions.Source{Dir: dir},
		func(name string) versions.Observer { return measured.Model(name) })
	require.NoError(t, models.Load("recommender"))
	t.Cleanup(models.Close)
	return &recommend.Service{Models: models, Metrics: measured, Gate: recommend.NewGate(concurrency, queue, 0)}
}

func name(i int) string { return fmt.Sprintf("instances[%d]", i) }

var target = recommend.Target{Model: "recommender"}

func TestACrowdIsAnsweredAsEachAloneOrTurnedAway(t *testing.T) {
	s := newService(t, 1, 6)
	m, err := model.New(modeltest.Parameters(t, 1, shop))
	require.NoError(t, err)
	var answered, refused atomic.Int64
	var crowd sync.WaitGroup
	for u := range m.Users() {
		crowd.Go(func() {
			request := model.Request{User: m.UserID(u), K: 5}
			want, err := m.Recommend(request)
			if err != nil {
				t.Errorf("recommend: %v", err)
			}
			for range 50 {
				switch got, err := s.Recommend(t.Context(), target, []model.Request{request}, name); {
				case recommend.Status(err) == http.StatusTooManyRequests && err != nil:
					refused.Add(1)
				case err != nil:
					t.Errorf("shopper %d: %v", u, err)
				default:
					answered.Add(1)
					if fmt.Sprint(got.Lists[0]) != fmt.Sprint(want) {
						t.Errorf("shopper %d got another's list", u)
					}
				}
			}
		})
	}
	crowd.Wait()
	require.Equal(t, int64(50*m.Users()), answered.Load()+refused.Load())
	require.Positive(t, answered.Load())
}

func TestAMalformedRequestAmongOthersNamesItself(t *testing.T) {
	s := newService(t, 1, 1)
	_, err := s.Recommend(t.Context(), target, []model.Request{{K: 1}, {K: 0}}, name)
	require.ErrorContains(t, err, "instances[1].k is 0")
	require.Equal(t, http.StatusBadRequest, recommend.Status(err))
	_, err = s.Explain(t.Context(), target, []model.Request{{K: 1}, {K: 0}}, name)
	require.ErrorContains(t, err, "instances[1].k is 0")
}

func TestExplanationsComeFromTheVersionThatAnswers(t *testing.T) {
	s := newService(t, 1, 1)
	requests := []model.Request{{User: modeltest.UserID(3), K: 4}}
	answers, err := s.Recommend(t.Context(), target, requests, name)
	require.NoError(t, err)
	explained, err := s.Explain(t.Context(), target, requests, name)
	require.NoError(t, err)
	require.Equal(t, answers.Version, explained.Version)
	for i, item := range answers.Lists[0].Items {
		require.Equal(t, item.ID, explained.Lists[0][i].ID)
		require.Equal(t, item.Score, explained.Lists[0][i].Score)
	}
}

func TestAnUnknownModelAndOneThatIsNotReadyAreToldApart(t *testing.T) {
	s := newService(t, 1, 1)
	_, err := s.Recommend(t.Context(), recommend.Target{Model: "toys"}, nil, name)
	require.Equal(t, http.StatusNotFound, recommend.Status(err))
	_, err = s.Recommend(t.Context(), recommend.Target{Model: "recommender", Version: "7"}, nil, name)
	require.Equal(t, http.StatusNotFound, recommend.Status(err))
	require.NoError(t, s.Models.Unload("recommender"))
	_, err = s.Recommend(t.Context(), target, nil, name)
	require.ErrorIs(t, err, recommend.ErrNotReady)
	require.Equal(t, http.StatusServiceUnavailable, recommend.Status(err))
}
