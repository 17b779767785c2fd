package ials

import (
	"context"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Start returns the factors that the first epoch begins from.
func Start(ctx context.Context, weights model.CSR, items int, objective model.Factorisation, settings Settings) (Factors, error) {
	settings.Epochs = 1
	p := part{
		task:    task{Objective: objective, Settings: settings},
		factors: Factors{Users: make([]float32, (len(weights.Indptr)-1)*settings.Rank), Items: settings.initial(items)},
	}
	var alone *ranks.Team
	err := alone.Do(ctx, taskLearn, nil, func(ctx context.Context, s *ranks.Session) error {
		p.session = s
		if _, err := p.receive(ctx, weights, items, 0); err != nil || !settings.Spectral {
			return err
		}
		return p.start(ctx)
	})
	return p.factors, err
}
