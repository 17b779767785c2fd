package learn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

// shelf is the small shop with five items more that nobody has had, the titles of
// which name the tastes that items are made for.
func shelf() (learn.Input, []string) {
	in := input(tastetest.Small.Log())
	tastes := strings.Fields("lighting kitchen garden paper toys")
	in.Items = func(id string) learn.ItemFacts {
		if id == "unnamed" {
			return learn.ItemFacts{Known: true, InStock: true, FirstSeen: in.AsOf}
		}
		taste := tastes[int(id[len(id)-1]-'0')%len(tastes)]
		return learn.ItemFacts{Title: taste + " " + id, Category: taste, InStock: id != "listed-4", FirstSeen: in.AsOf.AddDays(-30), Known: true}
	}
	in.Listed = []string{"item-001", "listed-0", "listed-1", "listed-2", "listed-3", "listed-4", "unnamed"}
	return in, tastes
}

func trained(t *testing.T, in learn.Input, s learn.Settings) *model.Model {
	t.Helper()
	m, err := model.New(train(t, in, s).Parameters)
	require.NoError(t, err)
	return m
}

func TestAnItemThatNobodyHadIsShownToWhomItsWordsSuit(t *testing.T) {
	in, _ := shelf()
	m := trained(t, in, settings())
	require.Equal(t, tastetest.Small.Items+6, m.Items(), "what is listed is in the model, each once")
	suited := 0
	for u := range m.Users() {
		answer, err := m.Recommend(model.Request{User: m.UserID(u), K: 1, Allow: []string{"listed-0", "listed-1", "listed-2", "listed-3", "listed-4"}})
		require.NoError(t, err)
		if id := m.UserID(u); int(answer.Items[0].ID[7]-'0') == int(id[len(id)-1]-'0')%5 {
			suited++
		}
	}
	require.Greater(t, suited, 4*m.Users()/5, "shopper-007 likes what ends in 2 or 7")
	unnamed, found := m.ItemIndex("unnamed")
	require.True(t, found)
	require.Zero(t, m.Popularity()[unnamed], "of which nothing is said is given nothing")
	listed, _ := m.ItemIndex("listed-0")
	require.Positive(t, m.Popularity()[listed], "a shopper of whom nothing is known can be shown it")
}

func TestWhatWasListedLongAgoAndNobodyHadIsLeftOut(t *testing.T) {
	in, _ := shelf()
	s := settings()
	s.Prior.Days = 29
	m := trained(t, in, s)
	require.Equal(t, tastetest.Small.Items+1, m.Items(), "only the unnamed one is newer")
	_, found := m.ItemIndex("listed-0")
	require.False(t, found)
}

func TestWithoutAPriorOnlyWhatWasHadIsInTheModel(t *testing.T) {
	in, _ := shelf()
	s := settings()
	s.Prior.Shoppers = 0
	with := train(t, in, s)
	in.Listed = nil
	without := train(t, in, s)
	with.Parameters.Config.Data.Digest, without.Parameters.Config.Data.Digest = "", ""
	require.Equal(t, without.Parameters, with.Parameters)
}

func TestItemsThatManyHadAreLearnedAsWithoutAPrior(t *testing.T) {
	in, _ := shelf()
	in.Listed = nil
	s := settings()
	s.Prior.Shoppers = 2 // every item of the shop has had more
	with := train(t, in, s).Parameters
	s.Prior.Shoppers = 0
	without := train(t, in, s).Parameters
	require.Equal(t, without.ItemFactors, with.ItemFactors)
	require.Equal(t, without.UserFactors, with.UserFactors)
	require.Equal(t, without.ItemItem, with.ItemItem)
	require.Equal(t, without.Popularity, with.Popularity)
}

func TestOutOfStockItemsAreLeftOutWhereTheShopSaysSo(t *testing.T) {
	in, _ := shelf()
	items := in.Items
	in.Items = func(id string) learn.ItemFacts {
		facts := items(id)
		switch id {
		case "item-003":
			facts.InStock = false
		case "item-004":
			facts = learn.ItemFacts{} // no catalogue knows it, so that nobody can say
		}
		return facts
	}
	s := settings()
	m := trained(t, in, s)
	for _, id := range []string{"item-003", "listed-4"} {
		at, found := m.ItemIndex(id)
		require.True(t, found, "it may come back")
		require.False(t, m.Item(at).InStock)
	}
	s.Screen.OutOfStock = true
	m = trained(t, in, s)
	for id, there := range map[string]bool{"item-002": true, "item-003": false, "item-004": true, "listed-3": true, "listed-4": false} {
		_, found := m.ItemIndex(id)
		require.Equal(t, there, found, id)
	}
	s.Screen = learn.Screen{Delisted: []string{"listed-2"}}
	_, found := trained(t, in, s).ItemIndex("listed-2")
	require.False(t, found)
}

func TestWhatIsListedDecidesTheDigest(t *testing.T) {
	in, _ := shelf()
	digest := func() string {
		d, err := learn.Digest(in, settings())
		require.NoError(t, err)
		return d
	}
	first := digest()
	require.Equal(t, first, digest())
	in.Listed = in.Listed[1:]
	require.NotEqual(t, first, digest(), "fewer items")
	in, _ = shelf()
	items := in.Items
	in.Items = func(id string) learn.ItemFacts {
		facts := items(id)
		facts.Title += "!"
		return facts
	}
	require.NotEqual(t, first, digest(), "other titles")
}
