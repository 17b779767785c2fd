package recommend

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

func TestAPanicReachesNobodyButTheCallThatItIsDueTo(t *testing.T) {
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Small))
	require.NoError(t, err)
	request := model.Request{User: modeltest.UserID(3), K: 4}
	want, err := m.Recommend(request)
	require.NoError(t, err)
	version := &versions.Version{Model: m}
	leader, other := &job{version: version, requests: []model.Request{request}}, &job{version: version, requests: []model.Request{request}}
	broken := &job{} // of no version, and asks for nothing
	for _, jobs := range [][]*job{{broken, other}, {other, broken}} {
		broken.met, leader.results, other.results = nil, nil, nil
		require.NotPanics(t, func() { leader.answer(jobs) })
		require.NotNil(t, broken.met)
		for _, one := range []*job{leader, other} {
			require.Nil(t, one.met)
			require.Len(t, one.results, 1)
			one.results[0].KeepIDs()
			require.Equal(t, model.Result{Answer: want}, one.results[0])
		}
	}
}

func TestJobsJoinIfTheyAskTheSameVersionForOneListEach(t *testing.T) {
	one, two := &versions.Version{Name: "1"}, &versions.Version{Name: "2"}
	list := []model.Request{{K: 1}}
	asked := &job{version: one, requests: list}
	require.True(t, asked.joins(&job{version: one, requests: list}))
	require.False(t, asked.joins(&job{version: two, requests: list}))
	require.False(t, asked.joins(&job{version: one, requests: []model.Request{{K: 1}, {K: 2}}}))
	require.False(t, asked.joins(&job{version: one, explain: func(*model.Model) error { return nil }}))
	require.False(t, (&job{version: one}).joins(asked))
}
