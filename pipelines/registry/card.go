package registry

import (
	"context"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// listMetrics says in metrics what a model's lists are like.
func listMetrics(card reports.Card) []mlflow.Metric {
	if card.Shoppers == 0 {
		return nil
	}
	return []mlflow.Metric{
		{Key: "lists/catalogue_coverage", Value: float64(card.Coverage.Recommended) / float64(max(1, card.Coverage.Items))},
		{Key: "lists/repeat_share", Value: card.Coverage.Repeats},
		{Key: "lists/novelty_bits", Value: card.Coverage.Novelty},
	}
}

// logCard logs a card's tables and the datasets that training used.
func logCard(ctx context.Context, run *mlflow.ActiveRun, card reports.Card) error {
	for _, table := range card.Tables {
		if err := run.LogTable(ctx, table.File, table.Table); err != nil {
			return err
		}
	}
	return run.LogInputs(ctx, card.Datasets)
}
