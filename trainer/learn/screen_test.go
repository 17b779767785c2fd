package learn_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// few is a shop of three shoppers; zoe bought one thing, and only ann a jug.
func few() *interactions.Log {
	var triples []interactions.Triple
	for day, bought := range []string{"ann mug", "ann bag", "bob mug", "bob bag", "zoe mug", "ann jug"} {
		var t interactions.Triple
		_, _ = fmt.Sscan(bought, &t.User, &t.Item) // two words each
		t.Value, t.Day = 1, events.NewDay(2024, 1, 1+day)
		triples = append(triples, t)
	}
	return interactions.FromRows(triples, 0)
}

func screened(t *testing.T, log *interactions.Log, screen learn.Screen) (learn.Trained, error) {
	t.Helper()
	s := settings()
	s.Screen = screen
	in := input(log)
	in.Group = holdout.Group{}
	return learn.Train(context.Background(), in, s, func(string, ials.Epoch) {})
}

func TestTheScreenTakesOutWhatAShopDoesNotWantLearned(t *testing.T) {
	for _, c := range []struct {
		name         string
		screen       learn.Screen
		items, users []string
	}{
		{"nothing", learn.Screen{}, []string{"bag", "jug", "mug"}, []string{"ann", "bob", "zoe"}},
		{"delisted items", learn.Screen{Delisted: []string{"mug", "unheard-of"}}, []string{"bag", "jug"}, []string{"ann", "bob"}},
		{"items that too few had", learn.Screen{LeastShoppers: 2}, []string{"bag", "mug"}, []string{"ann", "bob", "zoe"}},
		{"shoppers who had too little", learn.Screen{LeastItems: 2}, []string{"bag", "jug", "mug"}, []string{"ann", "bob"}},
		{"all but each shopper's newest", learn.Screen{MostPerShopper: 1}, []string{"bag", "jug", "mug"}, []string{"ann", "bob", "zoe"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			trained, err := screened(t, few(), c.screen)
			require.NoError(t, err)
			var items []string
			for _, item := range trained.Parameters.Items {
				items = append(items, item.ID)
			}
			require.Equal(t, c.items, items)
			require.Equal(t, c.users, trained.Parameters.Users)
			if c.screen.MostPerShopper == 1 {
				require.Len(t, trained.Parameters.Past.Indices, 3)
			}
		})
	}
}

func TestAScreenThatLeavesNothingIsAClearError(t *testing.T) {
	_, err := screened(t, few(), learn.Screen{LeastShoppers: 4})
	require.ErrorIs(t, err, interactions.ErrEmpty)
	require.ErrorContains(t, err, "lower screen.least_shoppers")
}

// A bot that takes everything every day, a million times in all.
func TestAMillionInteractionsOfOneShopperAreLearnedAndCanBeCapped(t *testing.T) {
	const items, days = 1000, 1000
	var triples []interactions.Triple
	for day := range days {
		for item := range items {
			triples = append(triples, interactions.Triple{User: "bot", Item: fmt.Sprintf("item-%04d", item), Value: 1, Day: events.NewDay(2021, 1, 1).AddDays(day)})
		}
	}
	triples = append(triples, interactions.Triple{User: "ann", Item: "item-0007", Value: 1, Day: events.NewDay(2021, 1, 1).AddDays(days - 1)})
	log := interactions.FromRows(triples, 0)
	require.Len(t, log.Rows, items*days+1)
	for _, most := range []int{0, 50} {
		trained, err := screened(t, log, learn.Screen{MostPerShopper: most})
		require.NoError(t, err)
		m, err := model.New(trained.Parameters)
		require.NoError(t, err)
		answer, err := m.Recommend(model.Request{User: "ann", K: 1})
		require.NoError(t, err)
		require.Equal(t, "item-0007", answer.Items[0].ID)
		if most > 0 {
			require.Equal(t, most, m.Items(), "the newest %d of the bot", most)
		}
	}
}
