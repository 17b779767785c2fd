package nights

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/demo/dataset"
	"github.com/daybreak-ml/daybreak/demo/progress"
	"github.com/daybreak-ml/daybreak/events"
)

// IngestHistory ingests the days before the first night. No check looks at them: they are what later
// days are compared with.
func IngestHistory(ctx context.Context, data *dataset.Dataset, store *events.Store, days []events.Day, display progress.Display) error {
	task := display.Begin(fmt.Sprintf("history, %s to %s", days[0], days[len(days)-1]), len(days))
	for _, day := range days {
		task.Step("ingest " + day.String())
		if err := data.Ingest(ctx, store, day); err != nil {
			task.Failed()
			return fmt.Errorf("ingest the history: %w", err)
		}
	}
	task.Done(fmt.Sprintf("%d days ingested", len(days)))
	return nil
}
