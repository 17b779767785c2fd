package model_test

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

func small(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Small))
	require.NoError(t, err)
	return m
}

func recommend(t *testing.T, m *model.Model, req model.Request) model.Answer {
	t.Helper()
	answer, err := m.Recommend(req)
	require.NoError(t, err)
	return answer
}

func ids(answer model.Answer) []string {
	out := make([]string, len(answer.Items))
	for i, item := range answer.Items {
		out[i] = item.ID
	}
	return out
}

// The formula of Scoring's documentation, in float64, item by item.
func byHand(m *model.Model, user int) []float64 {
	s := m.Config().Scoring
	items, weights := m.Past().Row(user)
	scores := make([]float64, m.Items())
	for i := range scores {
		popularity := float64(m.Popularity()[i])
		scores[i] = s.Blend.Popularity * popularity
		for f, value := range m.UserFactor(user) {
			scores[i] += s.Blend.Factors * float64(m.Lift()[i]) * float64(value) * float64(m.ItemFactor(i)[f])
		}
		for n, own := range items {
			if int(own) == i {
				scores[i] += s.Blend.Past * float64(weights[n]) * math.Pow(s.Blend.PastOffset+popularity, s.Blend.PastExponent)
			}
			columns, values := m.ItemItem().Row(int(own))
			for j, column := range columns {
				if int(column) == i {
					scores[i] += s.Blend.ItemItem * math.Log1p(s.Saturation*float64(weights[n])) * float64(values[j])
				}
			}
		}
	}
	return scores
}

func TestScoresAreWhatConfigSaysTheyAre(t *testing.T) {
	m := small(t)
	for user := range m.Users() {
		want := byHand(m, user)
		order := make([]int, len(want))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(want[b], want[a]) })
		answer := recommend(t, m, model.Request{User: m.UserID(user), K: 10})
		require.Equal(t, model.Blend, answer.Strategy)
		for place, item := range answer.Items {
			require.InDelta(t, want[item.Item], item.Score, 1e-4)
			require.InDelta(t, want[order[place]], item.Score, 1e-4, "place %d", place)
		}
	}
}

func TestFiltersAreExact(t *testing.T) {
	m := small(t)
	user := m.UserID(3)
	everything := recommend(t, m, model.Request{User: user, K: model.MaxK})
	require.Len(t, everything.Items, m.Items(), "k beyond the catalogue gives all of it")
	keep := func(admit func(model.ItemInfo) bool) []string {
		var want []string
		for _, item := range everything.Items {
			if admit(m.Item(item.Item)) {
				want = append(want, item.ID)
			}
		}
		return want
	}
	bought, _ := m.Past().Row(3)
	for _, c := range []struct {
		name  string
		req   model.Request
		admit func(model.ItemInfo) bool
	}{
		{"categories", model.Request{Categories: []string{"garden", "lighting"}}, func(i model.ItemInfo) bool { return i.Category != "kitchen" }},
		{"an unknown category admits nothing", model.Request{Categories: []string{"cars"}}, func(model.ItemInfo) bool { return false }},
		{"in stock", model.Request{InStock: true}, func(i model.ItemInfo) bool { return i.InStock }},
		{"exclude, unknown ids among them", model.Request{Exclude: []string{everything.Items[0].ID, "nonesuch", everything.Items[2].ID}}, func(i model.ItemInfo) bool {
			return i.ID != everything.Items[0].ID && i.ID != everything.Items[2].ID
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.req.User, c.req.K = user, model.MaxK
			answer := recommend(t, m, c.req)
			require.Equal(t, keep(c.admit), append([]string(nil), ids(answer)...))
		})
	}
	t.Run("exclude_seen takes out what was bought", func(t *testing.T) {
		answer := recommend(t, m, model.Request{User: user, K: model.MaxK, ExcludeSeen: true,
			History: []model.Interaction{{Item: modeltest.ItemID(7), Type: "purchase"}, {Item: modeltest.ItemID(13)}}})
		require.NotContains(t, ids(answer), modeltest.ItemID(7))
		require.Contains(t, ids(answer), modeltest.ItemID(13), "it was only looked at")
		for _, row := range bought {
			require.NotContains(t, ids(answer), m.ItemID(int(row)))
		}
	})
}

func TestEqualScoresAreOrderedByItemID(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Small)
	for i := range p.Popularity {
		p.Popularity[i] = 0.5
	}
	p.Golden = nil
	m, err := model.New(p)
	require.NoError(t, err)
	require.Equal(t, []string{modeltest.ItemID(0), modeltest.ItemID(1), modeltest.ItemID(2)}, ids(recommend(t, m, model.Request{K: 3})))
}

func TestWhatIsKnownDecidesTheStrategy(t *testing.T) {
	m := small(t)
	for _, c := range []struct {
		name string
		req  model.Request
		want model.Strategy
	}{
		{"a known shopper", model.Request{User: m.UserID(0)}, model.Blend},
		{"an unknown shopper with a history", model.Request{User: "new", History: []model.Interaction{{Item: modeltest.ItemID(1)}}}, model.Blend},
		{"an unknown shopper without one", model.Request{User: "new"}, model.Popularity},
		{"nobody", model.Request{}, model.Popularity},
		{"a history of unknown items", model.Request{History: []model.Interaction{{Item: "nonesuch"}}}, model.Popularity},
		{"a history of impressions", model.Request{History: []model.Interaction{{Item: modeltest.ItemID(1), Type: "impression"}}}, model.Popularity},
		{"items like one", model.Request{SimilarTo: modeltest.ItemID(1)}, model.Similar},
		{"items like one that isn't known, for nobody", model.Request{SimilarTo: "nonesuch"}, model.Popularity},
		{"items like one that isn't known, for a known shopper", model.Request{SimilarTo: "nonesuch", User: m.UserID(0)}, model.Blend},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.req.K = 5
			answer := recommend(t, m, c.req)
			require.Equal(t, c.want, answer.Strategy)
			require.Len(t, answer.Items, 5)
		})
	}
	require.NotContains(t, ids(recommend(t, m, model.Request{K: model.MaxK, SimilarTo: modeltest.ItemID(1)})), modeltest.ItemID(1))
}

func TestAnUnknownShoppersHistoryIsWorthAKnownShoppersPast(t *testing.T) {
	m := small(t)
	profile := model.Profile{Items: []int32{4, 9}, Weights: []float32{1, 1}}
	want, err := m.RecommendProfile(profile, model.Request{K: 10})
	require.NoError(t, err)
	got := recommend(t, m, model.Request{User: "new", K: 10, History: []model.Interaction{
		{Item: modeltest.ItemID(9), Type: "purchase"}, {Item: modeltest.ItemID(4), Type: "purchase"},
	}})
	require.Equal(t, want, got, "the order of a history is of no matter while its times are")
}

func TestExplainNamesOwnItems(t *testing.T) {
	m := small(t)
	items, _ := m.Past().Row(3)
	var own []string
	for _, item := range items {
		own = append(own, m.ItemID(int(item)))
	}
	answer := recommend(t, m, model.Request{User: m.UserID(3), K: 10, Explain: true})
	explained := 0
	for _, item := range answer.Items {
		require.Subset(t, own, item.Because)
		explained += len(item.Because)
	}
	require.Positive(t, explained)
}

func TestMalformedRequestsNameTheField(t *testing.T) {
	m := small(t)
	for _, c := range []struct {
		name, message string
		req           model.Request
	}{
		{"k of 0", "k is 0; it must be from 1 to 1000", model.Request{}},
		{"k of 10⁹", "k is 1000000000; it must be from 1 to 1000", model.Request{K: 1_000_000_000}},
		{"an empty item in the history", "history[1].item_id is empty", model.Request{K: 1, History: []model.Interaction{{Item: "a"}, {}}}},
		{"a diversity beyond 1", "diversity is 1.5; it must be from 0 to 1", model.Request{K: 1, Diversity: 1.5}},
		{"a cap below 0", "max_per_category is -1; it must be 0 or more", model.Request{K: 1, PerCategory: -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := m.Recommend(c.req)
			var malformed *model.RequestError
			require.ErrorAs(t, err, &malformed)
			require.ErrorContains(t, err, c.message)
		})
	}
}

func TestAModelAnswersManyAtOnce(t *testing.T) {
	m := small(t)
	want := make([]model.Answer, m.Users())
	for u := range want {
		want[u] = recommend(t, m, model.Request{User: m.UserID(u), K: 7})
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for u := range want {
				answer, err := m.Recommend(model.Request{User: m.UserID(u), K: 7, History: nil})
				if err != nil || !slices.Equal(ids(answer), ids(want[u])) {
					t.Errorf("shopper %d: %v, %v", u, answer, err)
				}
			}
		})
	}
	wait.Wait()
}
