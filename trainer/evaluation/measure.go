package evaluation

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

// Score is how one list did for one shopper.
type Score struct {
	Recall, NDCG float64
}

// Shopper is how a model did for one shopper.
type Shopper struct {
	User string
	All  Score  // whatever was bought counts
	New  *Score // items of the profile are out of the list and of the truth; nil where nothing else was bought
}

// Measure ranks all items for each case and returns their scores at k, in the
// cases' order.
func Measure(ctx context.Context, m *model.Model, cases []Case, k int) ([]Shopper, error) {
	shoppers := make([]Shopper, len(cases))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range cases {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			if shoppers[i], err = measure(m, c, k); err != nil {
				return fmt.Errorf("recommend for shopper %q: %w", c.User, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return shoppers, nil
}

func measure(m *model.Model, c Case, k int) (Shopper, error) {
	shopper := Shopper{User: c.User}
	var err error
	if shopper.All, err = score(m, c.Profile, c.Truth, model.Request{K: k}); err != nil {
		return Shopper{}, err
	}
	if len(c.New) > 0 {
		s, err := score(m, c.Profile, c.New, model.Request{K: k, ExcludeSeen: true})
		if err != nil {
			return Shopper{}, err
		}
		shopper.New = &s
	}
	return shopper, nil
}

func score(m *model.Model, profile model.Profile, truth map[int32]bool, request model.Request) (Score, error) {
	ranking, err := rank(m, profile, request)
	if err != nil {
		return Score{}, err
	}
	return Score{Recall: metrics.Recall(ranking, truth, request.K), NDCG: metrics.NDCG(ranking, truth, request.K)}, nil
}

// rank returns the rows of the items that the model recommends, best first.
func rank(m *model.Model, profile model.Profile, request model.Request) ([]int32, error) {
	answer, err := m.RecommendProfile(profile, request)
	if err != nil {
		return nil, err
	}
	ranking := make([]int32, len(answer.Items))
	for i, item := range answer.Items {
		ranking[i] = int32(item.Item)
	}
	return ranking, nil
}
