package weeks_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
	"github.com/daybreak-ml/daybreak/trainer/weeks"
)

func TestProductsFirstSoldInTheWeekAreMeasuredWhereTheyAreListed(t *testing.T) {
	start := tastetest.Start.AddDays(21)
	triples := tastetest.Small.Triples()
	for user := range 6 {
		triples = append(triples, interactions.Triple{User: "shopper-00" + string(rune('0'+user)), Item: "listed-0", Value: 1, Day: start})
	}
	log := interactions.FromRows(triples, 0)
	s := learn.DefaultSettings()
	s.Rank, s.Epochs, s.Neighbours = 8, 2, 20
	options := weeks.Options{K: 20, Choose: weeks.Always(s)}
	measure := func() weeks.NewProducts {
		report, err := weeks.Evaluate(context.Background(), log, []events.Day{start}, options, func(string, ials.Epoch) {})
		require.NoError(t, err)
		return report.NewProducts
	}
	unlisted := measure()
	require.Zero(t, unlisted.Unsold.Products)
	require.Zero(t, unlisted.Unsold.List.Users)
	options.Catalogue = func(_ context.Context, asOf events.Day) (func(string) learn.ItemFacts, []string, error) {
		require.Equal(t, start, asOf)
		return func(id string) learn.ItemFacts {
			return learn.ItemFacts{Title: "taste " + id[len(id)-1:], FirstSeen: asOf, Known: true}
		}, []string{"listed-0", "listed-1"}, nil
	}
	listed := measure()
	require.Equal(t, 2, listed.Unsold.Products)
	require.Positive(t, listed.Unsold.List.Users)
	require.InDelta(t, 1, listed.Unsold.Shelf.Recall, 1e-9, "two fit on the shelf")
	require.LessOrEqual(t, listed.Unsold.List.Recall, listed.Unsold.Shelf.Recall)
}
