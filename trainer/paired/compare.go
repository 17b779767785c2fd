package paired

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// A Row is one metric of one shopper on one day, under both models.
type Row struct {
	Shopper string  `parquet:"shopper,dict"`
	Day     string  `parquet:"day,dict"`
	Setting string  `parquet:"setting,dict"` // all or new
	Metric  string  `parquet:"metric,dict"`  // ndcg@20 or recall@20
	Old     float64 `parquet:"old"`
	New     float64 `parquet:"new"`
}

// Compare measures both models on the same shoppers and days.
func Compare(ctx context.Context, older, newer *model.Model, days []Day) ([]Row, error) {
	var rows []Row
	for _, day := range days {
		before, err := evaluation.Measure(ctx, older, day.cases(older), learn.K)
		if err != nil {
			return nil, fmt.Errorf("measure the older model on %s: %w", day.Day, err)
		}
		after, err := evaluation.Measure(ctx, newer, day.cases(newer), learn.K)
		if err != nil {
			return nil, fmt.Errorf("measure the newer model on %s: %w", day.Day, err)
		}
		for i := range before {
			rows = appendRows(rows, day, "all", before[i].User, before[i].All, after[i].All)
			if before[i].New != nil {
				rows = appendRows(rows, day, "new", before[i].User, *before[i].New, *after[i].New)
			}
		}
	}
	return rows, nil
}

func appendRows(rows []Row, day Day, setting, shopper string, older, newer evaluation.Score) []Row {
	row := Row{Shopper: shopper, Day: day.Day.String(), Setting: setting}
	row.Metric, row.Old, row.New = fmt.Sprintf("ndcg@%d", learn.K), older.NDCG, newer.NDCG
	rows = append(rows, row)
	row.Metric, row.Old, row.New = fmt.Sprintf("recall@%d", learn.K), older.Recall, newer.Recall
	return append(rows, row)
}
