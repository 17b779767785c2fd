package model_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

func TestOnlyAllowedItemsAreRecommended(t *testing.T) {
	m := small(t)
	everything := ids(recommend(t, m, model.Request{User: m.UserID(3), K: model.MaxK}))
	allowed := []string{everything[7], everything[2], "nonesuch", everything[40]}
	answer := recommend(t, m, model.Request{User: m.UserID(3), K: 10, Allow: allowed})
	require.Equal(t, []string{everything[2], everything[7], everything[40]}, ids(answer))
	answer = recommend(t, m, model.Request{User: m.UserID(3), K: 10, Allow: allowed, Exclude: []string{everything[7]}})
	require.Equal(t, []string{everything[2], everything[40]}, ids(answer), "what is excluded is, allowed or not")
	require.Empty(t, recommend(t, m, model.Request{K: 10, Allow: []string{"nonesuch"}}).Items)
}

func TestACapPerCategoryGivesTheBestThatItAdmits(t *testing.T) {
	for items, ks := range map[int][]int{700: {1, 5, 60, 300, 700}, 3001: {1, 5, 60}} { // of many, codes are scanned first
		parameters := modeltest.Parameters(t, 1, modeltest.Size{Users: 30, Items: items, Rank: 8})
		parameters.Config.Scoring.Blend.Past, parameters.Golden = 5, nil // what was bought is in the answer
		m, err := model.New(parameters)
		require.NoError(t, err)
		for _, k := range ks {
			for _, most := range []int{1, 2, 50} {
				req := model.Request{User: m.UserID(4), K: k, PerCategory: most}
				listed := map[string]int{}
				var want []string
				for _, item := range recommend(t, m, model.Request{User: req.User, K: min(items, model.MaxK)}).Items {
					if category := m.Item(item.Item).Category; listed[category] < most && len(want) < k {
						listed[category]++
						want = append(want, item.ID)
					}
				}
				require.Equal(t, want, ids(recommend(t, m, req)), "%d items, k = %d, at most %d", items, k, most)
			}
		}
	}
}

// cosine is that of the factors of two items.
func cosine(m *model.Model, a, b int) float64 {
	var product, first, second float64
	for f, value := range m.ItemFactor(a) {
		other := m.ItemFactor(b)[f]
		product += float64(value) * float64(other)
		first += float64(value) * float64(value)
		second += float64(other) * float64(other)
	}
	return product / math.Sqrt(first*second)
}

// likeness is the mean cosine between any two items of an answer.
func likeness(m *model.Model, answer model.Answer) float64 {
	var sum float64
	pairs := 0
	for i, a := range answer.Items {
		for _, b := range answer.Items[:i] {
			sum += cosine(m, a.Item, b.Item)
			pairs++
		}
	}
	return sum / float64(pairs)
}

func TestDiversityMakesAListLessAlikeAndKeepsItsFirst(t *testing.T) {
	m := small(t)
	for user := range 10 {
		plain := recommend(t, m, model.Request{User: m.UserID(user), K: 8})
		require.Equal(t, plain, recommend(t, m, model.Request{User: m.UserID(user), K: 8, Diversity: 0}))
		before := likeness(m, plain)
		for _, diversity := range []float64{0.3, 0.9} {
			diverse := recommend(t, m, model.Request{User: m.UserID(user), K: 8, Diversity: diversity})
			require.Len(t, diverse.Items, 8)
			require.Equal(t, plain.Items[0], diverse.Items[0], "nothing is listed yet that it could be like")
			require.LessOrEqual(t, likeness(m, diverse), before+1e-6, "shopper %d, diversity %v", user, diversity)
			before = likeness(m, diverse)
		}
	}
}

func TestDiversityAndACapHoldTogether(t *testing.T) {
	m := small(t)
	answer := recommend(t, m, model.Request{User: m.UserID(2), K: 9, Diversity: 0.5, PerCategory: 2})
	listed := map[string]int{}
	for _, item := range answer.Items {
		listed[m.Item(item.Item).Category]++
	}
	require.Equal(t, map[string]int{"garden": 2, "kitchen": 2, "lighting": 2}, listed)
}

func TestRequestsAnsweredAtOnceAreAnsweredAsEachAlone(t *testing.T) {
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Size{Users: 30, Items: 333, Rank: 19}))
	require.NoError(t, err)
	var requests []model.Request
	for n := range 11 {
		requests = append(requests,
			model.Request{User: m.UserID(n), K: 7, ExcludeSeen: n%2 == 0, InStock: n%3 == 0},
			model.Request{User: "nobody", K: 3},
			model.Request{User: "nobody", K: 3, History: []model.Interaction{{Item: modeltest.ItemID(n)}}},
			model.Request{SimilarTo: modeltest.ItemID(n), K: 4},
			model.Request{User: m.UserID(n), K: 5, Diversity: 0.4, Explain: true})
	}
	alone := make([]model.Answer, len(requests))
	for n, request := range requests {
		alone[n] = recommend(t, m, request)
	}
	answers := make([]model.Answer, len(requests))
	var all sync.WaitGroup
	for n, request := range requests {
		all.Go(func() { answers[n], _ = m.Recommend(request) })
	}
	all.Wait()
	require.Equal(t, alone, answers)
}

func TestAnExplanationAddsUpToTheScore(t *testing.T) {
	m := small(t)
	history := []model.Interaction{{Item: modeltest.ItemID(7), Type: "purchase"}, {Item: modeltest.ItemID(9)}}
	for _, req := range []model.Request{
		{User: m.UserID(3), K: 10},
		{User: "new", History: history, K: 10},
		{User: "new", K: 10},
		{SimilarTo: modeltest.ItemID(4), K: 10},
	} {
		answer := recommend(t, m, req)
		explanations, err := m.Explain(req)
		require.NoError(t, err)
		require.Len(t, explanations, len(answer.Items))
		for i, e := range explanations {
			require.Equal(t, answer.Items[i].ID, e.ID)
			require.Equal(t, answer.Items[i].Score, e.Score)
			require.InDelta(t, e.Score, e.Signals.Past+e.Signals.ItemItem+e.Signals.Factors+e.Signals.Popularity, 1e-5)
			require.True(t, slices.IsSortedFunc(e.Because, func(a, b model.Contribution) int { return int(math.Copysign(1, float64(b.Weight-a.Weight))) }))
		}
	}
}

func TestContributionsOfAFoldedInShopperAddUpToTheirPart(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Small)
	for i := range p.ItemFactors {
		p.ItemFactors[i] = float32(math.Abs(float64(p.ItemFactors[i]))) // so that what was bought speaks for things
	}
	p.Golden = nil
	m, err := model.New(p)
	require.NoError(t, err)
	explanations, err := m.Explain(model.Request{K: 10, History: []model.Interaction{{Item: modeltest.ItemID(7), Type: "purchase"}}})
	require.NoError(t, err)
	explained := 0
	for _, e := range explanations {
		if e.Signals.Factors <= 0 {
			continue
		}
		require.Len(t, e.Because, 1)
		require.Equal(t, modeltest.ItemID(7), e.Because[0].ID)
		require.InDelta(t, e.Signals.Past+e.Signals.ItemItem+e.Signals.Factors, e.Because[0].Weight, 1e-4)
		explained++
	}
	require.Positive(t, explained)
}

func TestTheNewestOfASessionCountsMost(t *testing.T) {
	scoring := modeltest.Parameters(t, 1, modeltest.Small).Config.Scoring
	at := time.Date(2011, 11, 8, 10, 0, 0, 0, time.UTC)
	cart := model.Interaction{Item: "a", Type: "cart"}
	require.Equal(t, 0.5, scoring.SessionWeight(cart, time.Time{}, 9), "places count for nothing unless the model says so")
	scoring.SessionHalfLife = 3
	require.InDelta(t, 0.5, scoring.SessionWeight(cart, time.Time{}, 0), 1e-12)
	require.InDelta(t, 0.25, scoring.SessionWeight(cart, time.Time{}, 3), 1e-12)
	cart.Time = at.AddDate(0, 0, -60)
	require.InDelta(t, 0.25, scoring.SessionWeight(cart, at, 7), 1e-12, "a stated time decays as in training: 60 days are a half-life")
	require.Zero(t, scoring.SessionWeight(model.Interaction{Item: "a", Type: "impression"}, at, 0))
}

func TestFiltersAreExactAcrossWordsAndTails(t *testing.T) {
	for _, items := range []int{1, 63, 64, 65, 130} {
		t.Run(fmt.Sprint(items), func(t *testing.T) {
			m, err := model.New(modeltest.Parameters(t, 1, modeltest.Size{Users: 3, Items: items, Rank: 5}))
			require.NoError(t, err)
			all := recommend(t, m, model.Request{User: m.UserID(1), K: model.MaxK})
			require.Len(t, all.Items, items)
			var want []string
			for _, item := range all.Items {
				if m.Item(item.Item).InStock {
					want = append(want, item.ID)
				}
			}
			require.Equal(t, want, append([]string(nil), ids(recommend(t, m, model.Request{User: m.UserID(1), K: model.MaxK, InStock: true}))...))
		})
	}
}

func TestCodesFindWhatTheFactorsThemselvesSay(t *testing.T) {
	for _, test := range []struct {
		name string
		rank int
		lift float32 // of one item
	}{
		{"few factors", 21, 1},
		{"more factors than are summed up at once", 130, 1},
		{"a lift for which there are no codes", 21, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			parameters := modeltest.Parameters(t, 1, modeltest.Size{Users: 20, Items: 3001, Rank: test.rank})
			parameters.Lift[7], parameters.Golden = test.lift, nil
			m, err := model.New(parameters)
			require.NoError(t, err)
			for user := range m.Users() {
				for _, req := range []model.Request{
					{User: m.UserID(user)}, {User: m.UserID(user), InStock: true, ExcludeSeen: true}, {SimilarTo: modeltest.ItemID(user)},
					{User: m.UserID(user), History: longHistory(600)}, {History: longHistory(600), InStock: true},
				} {
					req.K = 1000 // too many for codes
					want := recommend(t, m, req)
					for _, req.K = range []int{1, 5, 25} {
						got := recommend(t, m, req)
						require.Equal(t, want.Items[:req.K], got.Items, "to the last bit")
					}
				}
			}
		})
	}
}

func TestCodesListItemsThatScoreTheSameInTheOrderOfTheirIDs(t *testing.T) {
	parameters := modeltest.Parameters(t, 1, modeltest.Size{Users: 20, Items: 3001, Rank: 16})
	for i := range parameters.Popularity {
		parameters.Popularity[i], parameters.Lift[i] = 0.5, 1
		copy(parameters.ItemFactors[i*16:(i+1)*16], parameters.ItemFactors[i%3*16:])
	}
	clear(parameters.ItemItem.Weights) // what a shopper bought, and what it speaks for, is looked at first, and scores as others do
	clear(parameters.Past.Weights)
	parameters.Golden = nil
	m, err := model.New(parameters)
	require.NoError(t, err)
	for user := range m.Users() {
		for _, req := range []model.Request{{User: m.UserID(user)}, {User: m.UserID(user), InStock: true, ExcludeSeen: true}, {SimilarTo: modeltest.ItemID(user)}} {
			req.K = 1000 // too many for codes
			want := recommend(t, m, req)
			for _, req.K = range []int{1, 5, 25, 180} {
				require.Equal(t, want.Items[:req.K], recommend(t, m, req).Items, "shopper %d", user)
				results := m.RecommendTogether([]model.Request{req, req, req})
				for _, result := range results {
					require.Equal(t, want.Items[:req.K], result.Answer.Items, "shopper %d, with others", user)
				}
			}
		}
	}
}

// longHistory is a history of n items, which speaks for more rows than a search takes note of.
func longHistory(n int) []model.Interaction {
	history := make([]model.Interaction, n)
	for i := range history {
		history[i] = model.Interaction{Item: modeltest.ItemID(i), Type: "purchase"}
	}
	return history
}

func TestWhatWasAskedBeforeChangesNoAnswer(t *testing.T) {
	parameters := modeltest.Parameters(t, 1, modeltest.Size{Users: 20, Items: 3001, Rank: 8})
	m, err := model.New(parameters)
	require.NoError(t, err)
	requests := []model.Request{
		{User: modeltest.UserID(3)}, {History: longHistory(600)}, {User: modeltest.UserID(4)}, {SimilarTo: modeltest.ItemID(5)},
		{User: modeltest.UserID(5)}, {User: "stranger"}, {User: modeltest.UserID(6), History: longHistory(2)}, {User: "stranger"},
	}
	for _, req := range requests {
		req.K = 20
		fresh, err := model.New(parameters)
		require.NoError(t, err)
		require.Equal(t, recommend(t, fresh, req), recommend(t, m, req), "to the last bit")
	}
}
