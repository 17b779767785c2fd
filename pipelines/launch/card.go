package launch

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// Card describes a model by what it recommends to the store's shoppers.
func (p Program) Card(ctx context.Context, model, store, config string) (reports.Card, error) {
	var card reports.Card
	if err := p.run(ctx, withConfig([]string{"card", "--model", model, "--events", store}, config), &card); err != nil {
		return reports.Card{}, fmt.Errorf("describe model %s: %w", model, err)
	}
	return card, nil
}
