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

func evaluate(log *interactions.Log, starts ...events.Day) (weeks.Report, error) {
	s := learn.DefaultSettings()
	s.Rank, s.Epochs, s.Neighbours = 8, 2, 20
	return weeks.Evaluate(context.Background(), log, starts, weeks.Options{K: 20, Choose: weeks.Always(s)}, func(string, ials.Epoch) {})
}

func TestAWeekIsMeasuredWithoutAnythingThatCameAfterIt(t *testing.T) {
	start := tastetest.Start.AddDays(21)
	triples := tastetest.Small.Triples()
	var until []interactions.Triple
	for _, triple := range triples {
		if triple.Day.Before(start.AddDays(weeks.Days)) {
			until = append(until, triple)
		}
	}
	whole, err := evaluate(interactions.FromRows(triples, 0), start)
	require.NoError(t, err)
	cut, err := evaluate(interactions.FromRows(until, 0), start)
	require.NoError(t, err)
	require.Equal(t, cut, whole)
}

func TestTheMeanWeighsWindowsAlike(t *testing.T) {
	report, err := evaluate(tastetest.Small.Log(), tastetest.Start.AddDays(21), tastetest.Start.AddDays(28))
	require.NoError(t, err)
	require.Len(t, report.Windows, 2)
	require.InDelta(t, (report.Windows[0].All.NDCG+report.Windows[1].All.NDCG)/2, report.Mean.All.NDCG, 1e-12)
	require.Greater(t, report.Mean.All.NDCG, report.Mean.New.NDCG, "people buy again")
}

func TestAWeekOutsideTheDataIsAClearError(t *testing.T) {
	_, err := evaluate(tastetest.Small.Log(), tastetest.Start)
	require.ErrorContains(t, err, "there is no event before it; the first is of 2024-01-01")
	_, err = evaluate(tastetest.Small.Log(), tastetest.Start.AddDays(400))
	require.ErrorContains(t, err, "nobody known from before bought anything known in it; the last event is of 2024-02-09")
}

func TestWhatTheScreenTakesOutCountsAgainstTheModel(t *testing.T) {
	start := tastetest.Start.AddDays(21)
	s := learn.DefaultSettings()
	s.Rank, s.Epochs, s.Neighbours = 8, 2, 20
	s.Screen.Delisted = []string{"item-001", "item-002", "item-003", "item-004", "item-005", "item-006", "item-007", "item-008", "item-009"}
	screened, err := weeks.Evaluate(context.Background(), tastetest.Small.Log(), []events.Day{start}, weeks.Options{K: 20, Choose: weeks.Always(s)}, func(string, ials.Epoch) {})
	require.NoError(t, err)
	whole, err := evaluate(tastetest.Small.Log(), start)
	require.NoError(t, err)
	require.Equal(t, whole.Mean.All.Users, screened.Mean.All.Users)
	require.Less(t, screened.Mean.All.Recall, whole.Mean.All.Recall)
	require.Greater(t, screened.Mean.All.Recall, 0.5*whole.Mean.All.Recall)
	require.Less(t, whole.Intervals.All.NDCGInterval.Low, whole.Mean.All.NDCG)
	require.Contains(t, whole.Segments, "heavy shoppers")
}
