package ials_test

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

var (
	objective = model.Factorisation{Confidence: 1, UnobservedWeight: 0.1, Regularisation: 0.01, RegularisationExponent: 1}
	settings  = ials.Settings{Rank: 12, Epochs: 5, Seed: 3, InitialScale: 0.1}
)

func small() (model.CSR, int) {
	log := tastetest.Small.Log()
	return log.Matrix(log.Last().AddDays(1), 30, interactions.All), len(log.Items)
}

func TestEachEpochLowersTheLoss(t *testing.T) {
	weights, items := small()
	var losses []float64
	_, err := ials.Learn(context.Background(), weights, items, objective, settings, func(e ials.Epoch) { losses = append(losses, e.Loss) })
	require.NoError(t, err)
	require.Len(t, losses, settings.Epochs)
	for i := 1; i < len(losses); i++ {
		require.LessOrEqual(t, losses[i], losses[i-1]*(1+1e-6))
	}
	require.Less(t, losses[4], 0.9*losses[0])
}

func TestFactorsAreTheSameOnAnyNumberOfCores(t *testing.T) {
	weights, items := small()
	learn := func(cores int) ials.Factors {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		factors, err := ials.Learn(context.Background(), weights, items, objective, settings, func(ials.Epoch) {})
		require.NoError(t, err)
		return factors
	}
	one := learn(1)
	require.Equal(t, one, learn(2))
	require.Equal(t, one, learn(5))
}

// The gradient of the objective in a row vanishes at its exact solution. It is
// computed here in float64, straight from the objective's definition.
func TestAHalfStepSolvesEveryRowExactly(t *testing.T) {
	weights, items := small()
	factors, err := ials.Learn(context.Background(), weights, items, objective, settings, func(ials.Epoch) {})
	require.NoError(t, err)
	rank, users := settings.Rank, len(weights.Indptr)-1
	factors, err = ials.Learner{}.Fold(context.Background(), weights, objective, factors.Items, rank)
	require.NoError(t, err)
	for u := range users {
		p := factors.Users[u*rank : (u+1)*rank]
		columns, values := weights.Row(u)
		gradient := make([]float64, rank)
		var size float64
		add := func(scale float64, q []float32) {
			for i := range q {
				gradient[i] += scale * float64(q[i])
				size = math.Max(size, math.Abs(scale*float64(q[i])))
			}
		}
		for item := range items {
			q := factors.Items[item*rank : (item+1)*rank]
			add(objective.UnobservedWeight*dot(p, q), q)
		}
		for i, item := range columns {
			q := factors.Items[int(item)*rank : (int(item)+1)*rank]
			add(-objective.Confidence*float64(values[i])*(1-dot(p, q)), q)
		}
		add(float64(objective.Ridge(len(columns), items)), p)
		for i := range gradient {
			require.InDelta(t, 0, gradient[i], 1e-4*(1+size), "shopper %d, coordinate %d", u, i)
		}
	}
}

func TestLearningStopsWithItsContext(t *testing.T) {
	weights, items := small()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := ials.Learn(ctx, weights, items, objective, settings, func(ials.Epoch) {})
	require.ErrorIs(t, err, context.Canceled)
}
