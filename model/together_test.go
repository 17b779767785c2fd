package model_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

func TestRequestsAnsweredTogetherAreAnsweredAsEachAlone(t *testing.T) {
	for _, items := range []int{333, 3001} {
		m, err := model.New(modeltest.Parameters(t, 1, modeltest.Size{Users: 30, Items: items, Rank: 19}))
		require.NoError(t, err)
		var requests []model.Request
		for n := range 11 {
			requests = append(requests,
				model.Request{User: m.UserID(n), K: 7, ExcludeSeen: n%2 == 0, InStock: n%3 == 0},
				model.Request{User: m.UserID(n), K: 1 + n, Exclude: []string{modeltest.ItemID(n)}},
				model.Request{User: m.UserID(n), K: 3, Allow: []string{modeltest.ItemID(n), modeltest.ItemID(300 - n)}},
				model.Request{User: "nobody", K: 3},
				model.Request{User: "nobody", K: 3, History: []model.Interaction{{Item: modeltest.ItemID(n)}}},
				model.Request{SimilarTo: modeltest.ItemID(n), K: 4},
				model.Request{User: m.UserID(n), K: 300},
				model.Request{User: m.UserID(n), K: 0},
				model.Request{User: m.UserID(n), K: 5, Diversity: 0.4, Explain: true},
				model.Request{User: m.UserID(n), K: 5, Explain: true})
		}
		alone := make([]model.Result, len(requests))
		for n, request := range requests {
			alone[n].Answer, alone[n].Err = m.Recommend(request)
		}
		for _, together := range []int{1, 2, 3, 4, 7, len(requests)} {
			t.Run(fmt.Sprintf("%d of %d items", together, items), func(t *testing.T) {
				for n := 0; n < len(requests); n += together {
					end := min(n+together, len(requests))
					require.Equal(t, alone[n:end], m.RecommendTogether(requests[n:end]))
				}
			})
		}
		require.Empty(t, m.RecommendTogether(nil))
	}
}
