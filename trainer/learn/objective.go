package learn

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/ials"
)

// Objective returns how settings do on the latest of their validation windows, so
// many: NDCG@20 of all purchases plus that of new ones, with the blend that is
// best there.
func Objective(ctx context.Context, in Input, settings Settings, count int) (float64, error) {
	if err := settings.Validate(); err != nil {
		return 0, err
	}
	in, err := settings.Screen.apply(in)
	if err != nil {
		return 0, err
	}
	settings.ValidationWindows = count
	all := slices.DeleteFunc(windows(in, settings), func(w window) bool { return len(w.cases(settings)) < leastCases })
	if len(all) == 0 {
		return 0, fmt.Errorf("no validation window has %d shoppers to measure on; choose a later day or longer windows", leastCases)
	}
	sample, _, err := observe(ctx, all, settings, func(ials.Epoch) {})
	if err != nil {
		return 0, err
	}
	_, objective := sample.Choose(blend.Choice{Weights: defaultBlend(), TrendExponent: settings.TrendExponent})
	return objective, nil
}
