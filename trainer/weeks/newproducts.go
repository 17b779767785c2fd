package weeks

import (
	"context"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

// NewProducts is how purchases of products that few shoppers had before the
// window were found.
type NewProducts struct {
	// Unsold are those that nobody had had, LittleSold those that fewer than
	// littleSold shoppers had.
	Unsold     Found `json:"unsold"`
	LittleSold Found `json:"little_sold"`
}

// Found is how purchases were found in lists of all items that are new to the
// shopper, and on a shelf of such products alone.
type Found struct {
	Products int      `json:"products"` // on the shelf, over all windows
	List     Estimate `json:"list"`
	Shelf    Estimate `json:"shelf"`
}

// littleSold is how many shoppers a product must have had not to be new.
const littleSold = 10

// A band is one kind of new product.
type band struct {
	shelf       []string // ids
	list, among []evaluation.Score
}

// measureNewProducts measures one window, for shoppers whose profiles the cases
// hold, by the model's rows.
func measureNewProducts(ctx context.Context, m *model.Model, log *interactions.Log, split interactions.Split, until events.Day, cases []evaluation.Case, k int) (unsold, little band, err error) {
	shoppers := map[string]map[int32]bool{}
	for _, row := range split.Before.Rows {
		id := split.Before.Items[row.Item]
		if shoppers[id] == nil {
			shoppers[id] = map[int32]bool{}
		}
		shoppers[id][row.User] = true
	}
	bands := make([]*band, m.Items())
	for item := range m.Items() {
		switch had := len(shoppers[m.Item(item).ID]); {
		case had == 0:
			bands[item] = &unsold
		case had < littleSold:
			bands[item] = &little
		default:
			continue
		}
		bands[item].shelf = append(bands[item].shelf, m.Item(item).ID)
	}
	bought := map[string]map[int32]bool{}
	for _, row := range split.After {
		item, known := m.ItemIndex(log.Items[row.Item])
		if !known || bands[item] == nil || !row.Bought || !row.Day.Before(until) {
			continue
		}
		user := log.Users[row.User]
		if bought[user] == nil {
			bought[user] = map[int32]bool{}
		}
		bought[user][int32(item)] = true
	}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return band{}, band{}, err
		}
		for _, b := range []*band{&unsold, &little} {
			if err := b.measure(m, c.Profile, bands, bought[c.User], k); err != nil {
				return band{}, band{}, err
			}
		}
	}
	return unsold, little, nil
}

// measure adds the scores of a shopper who bought anything of the band that the
// profile doesn't hold.
func (b *band) measure(m *model.Model, profile model.Profile, bands []*band, bought map[int32]bool, k int) error {
	had := map[int32]bool{}
	for _, item := range profile.Items {
		had[item] = true
	}
	truth := map[int32]bool{}
	for item := range bought {
		if bands[item] == b && !had[item] {
			truth[item] = true
		}
	}
	if len(truth) == 0 {
		return nil
	}
	list, err := score(m, profile, truth, model.Request{K: k, ExcludeSeen: true})
	if err != nil {
		return err
	}
	among, err := score(m, profile, truth, model.Request{K: k, ExcludeSeen: true, Allow: b.shelf})
	if err != nil {
		return err
	}
	b.list, b.among = append(b.list, list), append(b.among, among)
	return nil
}

func score(m *model.Model, profile model.Profile, truth map[int32]bool, request model.Request) (evaluation.Score, error) {
	answer, err := m.RecommendProfile(profile, request)
	if err != nil {
		return evaluation.Score{}, err
	}
	ranking := make([]int32, len(answer.Items))
	for i, item := range answer.Items {
		ranking[i] = int32(item.Item)
	}
	return evaluation.Score{Recall: metrics.Recall(ranking, truth, request.K), NDCG: metrics.NDCG(ranking, truth, request.K)}, nil
}

// found averages bands over windows.
func found(windows []band, k int) Found {
	var list, among evaluation.Scores
	products := 0
	for _, w := range windows {
		products += len(w.shelf)
		list, among = append(list, w.list), append(among, w.among)
	}
	return Found{Products: products, List: list.Estimate(k), Shelf: among.Estimate(k)}
}
