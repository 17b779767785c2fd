package card

import (
	"context"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// A list is what a shopper, by row of the model, is recommended.
type list struct {
	user  int
	items []model.Scored
}

// sales is what was bought recently, by rows of the model.
type sales struct {
	purchases []int            // of each item, one a shopper and day
	total     int              // of all items
	active    []int            // shoppers who did something, ascending
	lately    map[int][]bought // by shopper, the newest first
}

type bought struct {
	day  events.Day
	item int
}

// soldSince counts what shoppers whom the model knows bought since a day.
func soldSince(m *model.Model, log *interactions.Log, from events.Day) sales {
	sold := sales{purchases: make([]int, m.Items()), lately: map[int][]bought{}}
	active := map[int]bool{}
	for _, row := range slices.Backward(log.Rows) {
		if row.Day.Before(from) {
			break
		}
		user, known := m.UserIndex(log.Users[row.User])
		item, ranked := m.ItemIndex(log.Items[row.Item])
		if !known || !ranked {
			continue
		}
		active[user] = true
		if row.Bought {
			sold.purchases[item]++
			sold.total++
			sold.lately[user] = append(sold.lately[user], bought{row.Day, item})
		}
	}
	for user := range active {
		sold.active = append(sold.active, user)
	}
	slices.Sort(sold.active)
	return sold
}

// listsOf recommends to the shoppers, or to mostShoppers of them, evenly chosen.
func listsOf(ctx context.Context, m *model.Model, users []int) ([]list, error) {
	lists := make([]list, min(len(users), mostShoppers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range lists {
		user := users[i*len(users)/len(lists)]
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			answer, err := m.Recommend(model.Request{User: m.UserID(user), K: K, Explain: true})
			lists[i] = list{user: user, items: answer.Items}
			return err
		})
	}
	return lists, group.Wait()
}

func coverage(m *model.Model, lists []list, recommended []int, sold sales) Coverage {
	c := Coverage{Items: m.Items()}
	for item, times := range recommended {
		if times > 0 {
			c.Recommended++
		}
		if sold.purchases[item] > 0 {
			c.Bought++
		}
	}
	places, repeats := 0, 0
	for _, list := range lists {
		had, _ := m.Past().Row(list.user)
		for _, item := range list.items {
			places++
			if _, found := slices.BinarySearch(had, int32(item.Item)); found {
				repeats++
			}
			// One is added to each item's sales, so that one that nobody bought has a chance too.
			chance := float64(sold.purchases[item.Item]+1) / float64(sold.total+m.Items())
			c.Novelty -= math.Log2(chance)
		}
	}
	if places > 0 {
		c.Repeats = float64(repeats) / float64(places)
		c.Novelty /= float64(places)
	}
	return c
}
