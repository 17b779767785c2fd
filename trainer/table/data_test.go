package table_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/table"
)

func benchmark(train, test []table.Row, o table.Options) (table.Report, error) {
	return table.Benchmark(context.Background(), train, test, o, func(string, ials.Epoch) {})
}

func TestStrangeTablesAreMeasuredOrRefusedClearly(t *testing.T) {
	row := func(user, item string) table.Row { return table.Row{User: user, Item: item, Value: 1} }
	oneUser := []table.Row{row("ann", "mug"), row("ann", "bag"), row("ann", "jug")}
	oneItem := []table.Row{row("ann", "mug"), row("bob", "mug"), row("zoe", "mug")}
	for _, c := range []struct {
		name        string
		train, test []table.Row
		excludeSeen bool
		refusal     string // or none
	}{
		{"one user", oneUser, oneUser[:1], false, ""},
		{"one user who has all there is already", oneUser, oneUser[:1], true, "there is nothing to measure"},
		{"one item", oneItem, oneItem[:1], false, ""},
		{"one row", oneUser[:1], oneUser[:1], false, ""},
		{"no user in common", oneUser, []table.Row{row("bob", "mug")}, false, "no user of the test table is in the training table"},
		{"no item in common", oneUser, []table.Row{row("ann", "gnome")}, false, ""},
		{"ids of any letters", []table.Row{row("Ann \"?\u00e9\u4e2d\U0001f600", " mug/\\ "), row("b", " mug/\\ ")}, []table.Row{row("b", " mug/\\ ")}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := benchmark(c.train, c.test, options(c.excludeSeen))
			if c.refusal != "" {
				require.ErrorContains(t, err, c.refusal)
				return
			}
			require.NoError(t, err)
			require.Equal(t, 1, report.Users)
			for name, value := range report.Document() {
				if number, ok := value.(float64); ok {
					require.False(t, math.IsNaN(number) || math.IsInf(number, 0), name)
				}
			}
		})
	}
}

func TestARowThatIsThereTwiceCountsOnce(t *testing.T) {
	once, test := rows(0, 30), rows(30, 40)
	twice := slices.Concat(once, once)
	o := options(true)
	first, err := benchmark(once, test, o)
	require.NoError(t, err)
	second, err := benchmark(twice, slices.Concat(test, test), o)
	require.NoError(t, err)
	require.Equal(t, first.Users, second.Users)
	require.InDelta(t, first.NDCG.Value, second.NDCG.Value, 0.02)
}

func TestAMillionRowsOfOneUserAreLearned(t *testing.T) {
	train := slices.Concat(rows(0, 30))
	for n := range 1_000_000 {
		train = append(train, table.Row{User: "bot", Item: fmt.Sprintf("item-%03d", n%50), Value: 1, Seconds: int64(1_704_067_200 + n)})
	}
	o := options(true)
	o.Settings.Blend = &model.BlendWeights{ItemItem: 1, Factors: 1} // a contest trains twenty times
	report, err := benchmark(train, rows(30, 40), o)
	require.NoError(t, err)
	require.Positive(t, report.NDCG.Value)
}

func TestAllOfASmallCatalogueCompetesAsNeighbours(t *testing.T) {
	report, err := benchmark(rows(0, 30), rows(30, 40), options(true))
	require.NoError(t, err)
	require.Contains(t, []float64{6, 20, 49}, report.Model.Hyperparameters["neighbours"], "a third, what is set, all 50 but the item itself")
}
