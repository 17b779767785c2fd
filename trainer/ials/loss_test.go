package ials_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/ials"
)

// The loss that an epoch reports comes out of solving its rows; here it is
// computed from the factors, in float64, straight from the objective's definition.
func TestTheLossIsTheObjectiveOfTheFactorsByObservedEntry(t *testing.T) {
	weights, items := small()
	rank := settings.Rank
	var losses, want []float64
	watch := func(_ int, factors ials.Factors) {
		total := 0.0
		columns := make([]int, items)
		for u := range len(weights.Indptr) - 1 {
			user := factors.Users[u*rank : (u+1)*rank]
			observed, values := weights.Row(u)
			for item := range items {
				score := dot(user, factors.Items[item*rank:(item+1)*rank])
				total += objective.UnobservedWeight * score * score
			}
			for i, item := range observed {
				miss := 1 - dot(user, factors.Items[int(item)*rank:(int(item)+1)*rank])
				total += objective.Confidence * float64(values[i]) * miss * miss
				columns[item]++
			}
			total += float64(objective.Ridge(len(observed), items)) * dot(user, user)
		}
		for item, count := range columns {
			factor := factors.Items[item*rank : (item+1)*rank]
			total += float64(objective.Ridge(count, len(weights.Indptr)-1)) * dot(factor, factor)
		}
		want = append(want, total/float64(len(weights.Indices)))
	}
	learner := ials.Learner{Watch: watch, Report: func(e ials.Epoch) { losses = append(losses, e.Loss) }}
	_, err := learner.Learn(context.Background(), weights, items, objective, settings)
	require.NoError(t, err)
	require.InEpsilonSlice(t, want, losses, 1e-5)
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
