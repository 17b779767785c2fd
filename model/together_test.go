package model_test

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

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

func TestIDsStayOnlyIfTheyAreKept(t *testing.T) {
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Size{Users: 30, Items: 333, Rank: 8}))
	require.NoError(t, err)
	results := make([]model.Result, 1)
	ask := func(user int) []model.Scored {
		m.RecommendInto(results, []model.Request{{User: m.UserID(user), K: 7}})
		require.NoError(t, results[0].Err)
		return slices.Clone(results[0].Answer.Items)
	}
	first := ask(1)
	want := fmt.Sprint(first)
	results[0].KeepIDs()
	second := ask(2)
	require.Equal(t, want, fmt.Sprint(first))
	require.NotEqual(t, want, fmt.Sprint(second))
	was := unsafe.StringData(second[0].ID)
	require.Same(t, was, unsafe.StringData(ask(3)[0].ID), "the memory is used again")
}
