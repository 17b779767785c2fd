package simulate_test

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/simulate"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

var smallShop = simulate.Shop{Seed: 7, Users: 250, Items: 192, Days: 28, Start: events.NewDay(2025, 3, 10)}

func TestAShopIsTheSameForItsSeed(t *testing.T) {
	ctx := context.Background()
	shop := simulate.Shop{Seed: 7, Users: 40, Items: 48, Days: 4, Start: smallShop.Start}
	one, again, other := t.TempDir(), t.TempDir(), t.TempDir()
	require.NoError(t, simulate.Export(ctx, one, shop))
	require.NoError(t, simulate.Export(ctx, again, shop))
	require.NoError(t, simulate.Export(ctx, again, shop), "in place of what was there")
	shop.Seed = 8
	require.NoError(t, simulate.Export(ctx, other, shop))

	require.Equal(t, []string{"2025-03-10.csv.gz", "2025-03-11.csv.gz", "2025-03-12.csv.gz", "2025-03-13.csv.gz"}, names(t, one))
	for _, name := range names(t, one) {
		require.Equal(t, content(t, one, name), content(t, again, name))
		require.NotEqual(t, content(t, one, name), content(t, other, name))
	}
}

func TestAShopThatCannotBeIsRefused(t *testing.T) {
	for says, shop := range map[string]simulate.Shop{
		"0 users":      {Items: 100, Days: 1, Start: smallShop.Start},
		"23 items":     {Users: 1, Items: 23, Days: 1, Start: smallShop.Start},
		"0 days":       {Users: 1, Items: 24, Start: smallShop.Start},
		"no start day": {Users: 1, Items: 24, Days: 1},
	} {
		require.ErrorContains(t, simulate.Export(context.Background(), t.TempDir(), shop), says)
	}
}

func TestASimulatedShopIsLikeARealOne(t *testing.T) {
	store, days := ingested(t, smallShop)
	t.Run("its export is as dirty", func(t *testing.T) {
		quarantined, kept, duplicates, rows := map[string]int{}, map[events.Type]int{}, 0, 0
		for _, day := range days {
			manifest, err := store.Manifest(day)
			require.NoError(t, err)
			for reason, n := range manifest.Quarantined {
				quarantined[reason] += n
			}
			for eventType, n := range manifest.Events {
				kept[eventType] += n
			}
			duplicates += manifest.Duplicates
			rows += manifest.Read
		}
		for _, reason := range []string{"no_customer", "not_a_product", "price_not_positive", mapping.ReasonBadTime} {
			require.Positive(t, quarantined[reason], reason)
		}
		require.Len(t, quarantined, 4)
		require.Positive(t, duplicates)
		require.Positive(t, kept[events.Return])
		require.Greater(t, kept[events.Purchase], rows*8/10)
	})
	t.Run("it sells new items all the time", func(t *testing.T) {
		early, err := store.Items(context.Background(), days[6])
		require.NoError(t, err)
		late, err := store.Items(context.Background(), days[len(days)-1])
		require.NoError(t, err)
		require.Greater(t, len(late), len(early))
		for _, item := range late {
			require.NotEmpty(t, item.Title)
			require.NotEmpty(t, item.Category)
			require.Positive(t, item.Price)
		}
	})
	t.Run("what its shoppers bought tells what they will buy", func(t *testing.T) {
		past := bought(t, store, days[:21])
		week := bought(t, store, days[21:])
		popular := map[string]float64{}
		for _, items := range past {
			for item, times := range items {
				popular[item] += times
			}
		}
		popularity, ownPast := 0.0, 0.0
		for user, truth := range week {
			popularity += recallAt20(popular, truth) / float64(len(week))
			ownPast += recallAt20(past[user], truth) / float64(len(week))
		}
		t.Logf("recall@20: popularity %.3f, own past %.3f", popularity, ownPast)
		require.Greater(t, ownPast, 1.5*popularity)
	})
}

// ingested exports a shop and ingests all its days by the mapping that is made for it.
func ingested(t *testing.T, shop simulate.Shop) (*events.Store, []events.Day) {
	t.Helper()
	ctx := context.Background()
	export := t.TempDir()
	require.NoError(t, simulate.Export(ctx, export, shop))
	m, err := mapping.Load("../mapping/simulated.yaml")
	require.NoError(t, err)
	src, err := csv.Open(ctx, export, m)
	require.NoError(t, err)
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	days, err := src.Days(ctx)
	require.NoError(t, err)
	require.Len(t, days, shop.Days)
	for _, day := range days {
		_, err := ingest.Day(ctx, store, src, m, day, ingest.Options{})
		require.NoError(t, err)
	}
	return store, days
}

// bought returns how often each shopper bought each item.
func bought(t *testing.T, store *events.Store, days []events.Day) map[string]map[string]float64 {
	t.Helper()
	counts := map[string]map[string]float64{}
	for _, day := range days {
		happened, err := store.ReadDay(context.Background(), day)
		require.NoError(t, err)
		for _, event := range happened {
			if event.Type != events.Purchase {
				continue
			}
			if counts[event.UserID] == nil {
				counts[event.UserID] = map[string]float64{}
			}
			counts[event.UserID][event.ItemID]++
		}
	}
	return counts
}

func recallAt20(scores, truth map[string]float64) float64 {
	ranked := make([]string, 0, len(scores))
	for item := range scores {
		ranked = append(ranked, item)
	}
	slices.SortFunc(ranked, func(a, b string) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b))
	})
	hits := 0
	for _, item := range ranked[:min(20, len(ranked))] {
		if truth[item] > 0 {
			hits++
		}
	}
	return float64(hits) / float64(min(20, len(truth)))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

func content(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return data
}
