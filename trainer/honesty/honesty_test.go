package honesty_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/honesty"
)

// The long form is `trainer honesty`.
func options() honesty.Options {
	o := honesty.Defaults()
	o.Shop.Users, o.Shop.OrdersPerDay, o.Shop.Days = 300, 60, 70
	o.Group = holdout.Group{Salt: "honesty", Share: 0.4}
	o.Pairs = 12
	return o
}

func TestModelsOfAdjacentNightsTieWhereNothingChangesAndTheNaiveComparisonFavoursTheOlder(t *testing.T) {
	found, err := honesty.MeasureAdjacent(context.Background(), options())
	require.NoError(t, err)
	require.Equal(t, 12, found.Group.Pairs)
	require.GreaterOrEqual(t, found.Group.Ties, 9, "%+v", found.Group)
	require.InDelta(t, 0, found.Group.Difference, 0.01)
	require.Less(t, found.Naive.Difference, -0.005, "%+v", found.Naive)
	require.GreaterOrEqual(t, found.Naive.OlderWins, 6, "%+v", found.Naive)
	require.Zero(t, found.Naive.NewerWins)
}

func TestAStaleModelOfAShopThatDriftsIsFoundOut(t *testing.T) {
	o := options()
	o.Shop.Drift, o.Pairs = 0.15, 3
	faults, err := honesty.MeasurePower(context.Background(), o)
	require.NoError(t, err)
	byName := map[string]honesty.Tally{}
	for _, fault := range faults {
		byName[fault.Name] = fault.All
	}
	require.Less(t, byName["stale by 28 days"].Difference, byName["stale by 7 days"].Difference)
	require.Positive(t, byName["stale by 28 days"].OlderWins, "%+v", faults)
	require.Zero(t, byName["stale by 28 days"].NewerWins)
}

func TestDeadFactorsAndDeadNeighboursAreFoundWhereTasteIsAllThereIsToKnow(t *testing.T) {
	o := honesty.Sparse()
	o.Pairs = 2
	faults, err := honesty.MeasurePower(context.Background(), o)
	require.NoError(t, err)
	for _, fault := range faults[:2] {
		require.Equal(t, 2, fault.Found, "%+v", fault)
		require.Less(t, fault.All.Difference, -0.02, fault.Name)
	}
}
