package interactions_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

var first = events.NewDay(2024, 3, 1)

func purchases(triples ...[3]any) *interactions.Log {
	var rows []interactions.Triple
	for _, t := range triples {
		rows = append(rows, interactions.Triple{User: t[0].(string), Item: t[1].(string), Value: 1, Day: first.AddDays(t[2].(int))})
	}
	return interactions.FromRows(rows, 0)
}

func TestIdsAreNumberedInTheirOwnOrder(t *testing.T) {
	log := purchases([3]any{"zoe", "mug", 0}, [3]any{"ann", "bag", 1}, [3]any{"ann", "mug", 1})
	require.Equal(t, []string{"ann", "zoe"}, log.Users)
	require.Equal(t, []string{"bag", "mug"}, log.Items)
	require.Equal(t, purchases([3]any{"ann", "mug", 1}, [3]any{"ann", "bag", 1}, [3]any{"zoe", "mug", 0}), log, "the order of the input is of no matter")
}

func TestTheSameItemTwiceADayIsOneRow(t *testing.T) {
	log := purchases([3]any{"ann", "mug", 0}, [3]any{"ann", "mug", 0}, [3]any{"ann", "mug", 1})
	require.Len(t, log.Rows, 2)
}

func TestMatrixDecaysByTheAgeInDays(t *testing.T) {
	log := purchases([3]any{"ann", "mug", 0}, [3]any{"ann", "mug", 9}, [3]any{"ann", "bag", 10}, [3]any{"zoe", "bag", 10})
	m := log.Matrix(first.AddDays(11), 10, interactions.All)
	require.Equal(t, []int64{0, 2, 3}, m.Indptr)
	require.Equal(t, []int32{0, 1, 0}, m.Indices)
	require.InDelta(t, 1, m.Weights[0], 1e-6, "the day before weighs in full")
	require.InDelta(t, math.Exp2(-1)+math.Exp2(-0.1), m.Weights[1], 1e-6)
}

func TestMatrixIsOrderedAndAddsUpWhateverTheOrderOfTheDays(t *testing.T) {
	log := purchases([3]any{"zoe", "cup", 0}, [3]any{"ann", "mug", 0}, [3]any{"bob", "cup", 1}, [3]any{"ann", "bag", 1},
		[3]any{"zoe", "bag", 2}, [3]any{"zoe", "cup", 2}, [3]any{"ann", "mug", 3})
	m := log.Matrix(first.AddDays(4), 1, func(r interactions.Row) bool { return log.Users[r.User] != "bob" })
	require.Equal(t, model.CSR{
		Indptr:  []int64{0, 2, 2, 4},
		Indices: []int32{0, 2, 0, 1},
		Weights: []float32{1. / 4, 1./8 + 1, 1. / 2, 1./8 + 1./2},
	}, m)
}

func TestSplitKeepsNothingOfLaterDaysInWhatComesBefore(t *testing.T) {
	log := purchases([3]any{"ann", "mug", 0}, [3]any{"zoe", "bag", 5}, [3]any{"ann", "cup", 6})
	split := log.SplitAt(first.AddDays(5))
	require.Equal(t, []string{"ann"}, split.Before.Users)
	require.Equal(t, []string{"mug"}, split.Before.Items)
	require.Len(t, split.Before.Rows, 1)
	require.Len(t, split.After, 2)
	require.Equal(t, []int32{0, -1}, split.Users)
	require.Equal(t, []int32{-1, -1, 0}, split.Items)
}

func TestTransposeTwiceIsTheSameMatrix(t *testing.T) {
	m := model.CSR{Indptr: []int64{0, 2, 2, 3}, Indices: []int32{0, 3, 1}, Weights: []float32{1, 2, 3}}
	require.Equal(t, m, interactions.Transpose(interactions.Transpose(m, 4), 3))
}

func write(t *testing.T, store *events.Store, day events.Day, kinds map[string]events.Type, value float64) {
	t.Helper()
	var batch events.Batch
	batch.TimeZone = "UTC"
	for item, kind := range kinds {
		batch.Events = append(batch.Events, events.Event{
			EventID: day.String() + item, UserID: "ann", ItemID: item, Type: kind, Value: value, Time: day.Start(time.UTC).Add(time.Hour),
		})
		batch.Read++
	}
	_, err := store.WriteDay(context.Background(), day, batch)
	require.NoError(t, err)
}

func TestReadStoreWeighsTypesAndLeavesHeldDaysOut(t *testing.T) {
	ctx := context.Background()
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	write(t, store, first, map[string]events.Type{"mug": events.Purchase, "bag": events.View, "cup": events.Impression}, 1)
	write(t, store, first.AddDays(1), map[string]events.Type{"held": events.Purchase}, 1)
	write(t, store, first.AddDays(2), map[string]events.Type{"low": events.Rating}, 2)
	write(t, store, first.AddDays(3), map[string]events.Type{"high": events.Rating}, 4)
	write(t, store, first.AddDays(4), map[string]events.Type{"later": events.Purchase}, 1)
	require.NoError(t, store.Hold(first.AddDays(1), events.Hold{Reasons: []string{"shuffled"}}))

	options := interactions.Options{Weights: map[string]float64{"purchase": 1, "rating": 1, "view": 0.25}, RatingThreshold: 3}
	log, err := interactions.ReadStore(ctx, store, first.AddDays(4), options)
	require.NoError(t, err)
	require.Equal(t, []string{"bag", "high", "mug"}, log.Items, "impressions, low ratings, held and later days are not in it")
	require.Equal(t, float32(0.25), log.Rows[0].Weight)
	require.False(t, log.Rows[0].Bought, "a view is no purchase")
	require.Len(t, log.Days, 3)

	_, err = interactions.ReadStore(ctx, store, first, options)
	require.ErrorIs(t, err, interactions.ErrEmpty)
	require.ErrorContains(t, err, "ingest days first")
}
