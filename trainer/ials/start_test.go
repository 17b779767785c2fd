package ials_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
	"github.com/daybreak-ml/daybreak/trainer/ranks/rankstest"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

func spectral() ials.Settings {
	s := settings
	s.InitialScale, s.Spectral = 2, true
	return s
}

func TestASpectralStartIsAheadOfARandomOne(t *testing.T) {
	weights, items := small()
	after := func(s ials.Settings) (losses []float64) {
		_, err := ials.Learn(context.Background(), weights, items, objective, s, func(e ials.Epoch) { losses = append(losses, e.Loss) })
		require.NoError(t, err)
		return losses
	}
	random, found := after(settings), after(spectral())
	require.Less(t, found[0], random[0])
	for i := 1; i < len(found); i++ {
		require.LessOrEqual(t, found[i], found[i-1]*(1+1e-6))
	}
}

func TestWhatScaleASpectralStartHasHardlyMatters(t *testing.T) {
	weights, items := small()
	first := func(scale float64) (loss float64) {
		s := spectral()
		s.InitialScale, s.Epochs = scale, 1
		_, err := ials.Learn(context.Background(), weights, items, objective, s, func(e ials.Epoch) { loss = e.Loss })
		require.NoError(t, err)
		return loss
	}
	require.InEpsilon(t, first(1), first(8), 0.1)
}

func TestASpectralStartWithMoreFactorsThanTheMatrixHasDirectionsIsFinite(t *testing.T) {
	weights, items := small()
	s := spectral()
	s.Rank = len(weights.Indptr) + items
	_, err := ials.Learn(context.Background(), weights, items, objective, s, nil)
	require.NoError(t, err)
}

// The ranks have connections of their own, in one process. The shop has several
// blocks of shoppers and of items.
func TestAnyNumberOfRanksFindsTheSameFactors(t *testing.T) {
	log := tastetest.Shop{Users: 900, Items: 700, Tastes: 7, Days: 30, PerDay: 300, Seed: 2}.Log()
	weights, items := log.Matrix(log.Last().AddDays(1), 30, interactions.All), len(log.Items)
	ofSome := spectral()
	ofSome.Rank = 6 // so few factors that every second shopper is enough
	for name, s := range map[string]ials.Settings{"random": settings, "spectral": spectral(), "some shoppers' spectral": ofSome} {
		alone, err := ials.Learn(context.Background(), weights, items, objective, s, nil)
		require.NoError(t, err)
		for _, size := range []int{2, 3, 8} {
			t.Run(fmt.Sprintf("%s start, %d ranks", name, size), func(t *testing.T) {
				team := rankstest.Team(t, size, func(int) ranks.Tasks { return ials.Tasks(nil) })
				together, err := ials.Learner{Team: team}.Learn(context.Background(), weights, items, objective, s)
				require.NoError(t, err)
				require.Equal(t, alone, together)
			})
		}
	}
}
