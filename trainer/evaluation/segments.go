package evaluation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

// The segments that a model is measured on. The first three are shoppers, by how
// many items they have had: none, fewer than the median, or more. The others are
// parts of what was bought, found in lists of all items: by how well an item
// sells (a third of the sales each), and by whether the shopper had it before.
const (
	NewShoppers    = "new shoppers"
	LightShoppers  = "light shoppers"
	HeavyShoppers  = "heavy shoppers"
	HeadProducts   = "head products"
	TorsoProducts  = "torso products"
	TailProducts   = "tail products"
	RepeatPurchase = "repeat purchases"
	FirstPurchase  = "first purchases"
)

// SegmentNames returns the names of all segments in the order in which people
// read them.
func SegmentNames() []string {
	return []string{NewShoppers, LightShoppers, HeavyShoppers, HeadProducts, TorsoProducts, TailProducts, RepeatPurchase, FirstPurchase}
}

// Scores are the scores of a segment's shoppers, a list for each window.
type Scores [][]Score

// An Estimate is a mean with intervals.
type Estimate struct {
	Mean
	RecallInterval, NDCGInterval Interval
}

// MarshalJSON adds the intervals to the mean, as "ndcg@20_interval".
func (e Estimate) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"users":                                e.Users,
		fmt.Sprintf("recall@%d", e.K):          e.Recall,
		fmt.Sprintf("ndcg@%d", e.K):            e.NDCG,
		fmt.Sprintf("recall@%d_interval", e.K): e.RecallInterval,
		fmt.Sprintf("ndcg@%d_interval", e.K):   e.NDCGInterval,
	})
}

// Estimate averages over each window's shoppers, then over the windows that have
// any.
func (s Scores) Estimate(k int) Estimate {
	e := Estimate{Mean: Mean{K: k}}
	var recall, ndcg [][]float64
	var used float64
	for _, window := range s {
		if len(window) == 0 {
			continue
		}
		mean := Mean{K: k}
		recalls, ndcgs := make([]float64, len(window)), make([]float64, len(window))
		for i, score := range window {
			mean.add(score)
			recalls[i], ndcgs[i] = score.Recall, score.NDCG
		}
		mean.divide()
		e.Users += mean.Users
		e.Recall += mean.Recall
		e.NDCG += mean.NDCG
		recall, ndcg = append(recall, recalls), append(ndcg, ndcgs)
		used++
	}
	if used > 0 {
		e.Recall /= used
		e.NDCG /= used
	}
	e.RecallInterval, e.NDCGInterval = Bootstrap(recall), Bootstrap(ndcg)
	return e
}

// Segments returns the scores of each segment's shoppers. Cases without a profile
// are new shoppers.
func Segments(ctx context.Context, m *model.Model, cases []Case, k int) (map[string][]Score, error) {
	bands := salesBands(m.Popularity())
	median := medianItems(cases)
	found := make([]map[string]Score, len(cases))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range cases {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var err error
			found[i], err = segments(m, c, k, bands, median)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := map[string][]Score{}
	for _, scores := range found {
		for name, score := range scores {
			all[name] = append(all[name], score)
		}
	}
	return all, nil
}

// segments returns the scores of one shopper in each of the segments that have
// anything of theirs.
func segments(m *model.Model, c Case, k int, bands []string, median int) (map[string]Score, error) {
	ranking, err := rank(m, c.Profile, model.Request{K: k})
	if err != nil {
		return nil, fmt.Errorf("recommend for shopper %q: %w", c.User, err)
	}
	parts := map[string]map[int32]bool{}
	put := func(part string, item int32) {
		if parts[part] == nil {
			parts[part] = map[int32]bool{}
		}
		parts[part][item] = true
	}
	for item := range c.Truth {
		if len(c.Profile.Items) == 0 {
			continue
		}
		if item >= 0 {
			put(bands[item], item)
		}
		if c.New[item] {
			put(FirstPurchase, item)
		} else {
			put(RepeatPurchase, item)
		}
	}
	switch had := len(c.Profile.Items); {
	case had == 0:
		parts[NewShoppers] = c.Truth
	case had < median:
		parts[LightShoppers] = c.Truth
	default:
		parts[HeavyShoppers] = c.Truth
	}
	scores := make(map[string]Score, len(parts))
	for name, truth := range parts {
		scores[name] = Score{Recall: metrics.Recall(ranking, truth, k), NDCG: metrics.NDCG(ranking, truth, k)}
	}
	return scores, nil
}

// salesBands returns the segment of each item by how well it sells.
func salesBands(popularity []float32) []string {
	order := make([]int, len(popularity))
	var total float64
	for i, p := range popularity {
		order[i] = i
		total += float64(p)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case popularity[a] > popularity[b]:
			return -1
		case popularity[a] < popularity[b]:
			return 1
		}
		return 0
	})
	bands := make([]string, len(popularity))
	var before float64
	for _, i := range order {
		switch {
		case before < total/3:
			bands[i] = HeadProducts
		case before < 2*total/3:
			bands[i] = TorsoProducts
		default:
			bands[i] = TailProducts
		}
		before += float64(popularity[i])
	}
	return bands
}

// medianItems is the median number of items that those who have had any have had.
func medianItems(cases []Case) int {
	var sizes []int
	for _, c := range cases {
		if n := len(c.Profile.Items); n > 0 {
			sizes = append(sizes, n)
		}
	}
	if len(sizes) == 0 {
		return 0
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

// SegmentMeans averages over each segment's shoppers.
func SegmentMeans(scores map[string][]Score, k int) map[string]Mean {
	means := make(map[string]Mean, len(scores))
	for name, of := range scores {
		mean := Mean{K: k}
		for _, score := range of {
			mean.add(score)
		}
		mean.divide()
		means[name] = mean
	}
	return means
}

// Merge gathers windows: a list for each window under each segment's name.
func Merge(windows []map[string][]Score) map[string]Scores {
	merged := map[string]Scores{}
	for _, name := range SegmentNames() {
		for _, w := range windows {
			merged[name] = append(merged[name], w[name])
		}
	}
	maps.DeleteFunc(merged, func(_ string, s Scores) bool {
		return !slices.ContainsFunc(s, func(w []Score) bool { return len(w) > 0 })
	})
	return merged
}
