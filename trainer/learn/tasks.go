package learn

import (
	"maps"

	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/neighbours"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Tasks are what a rank other than 0 can be asked to do while a model is
// learned, with its share of what ranks have read.
func Tasks(share *interactions.Share) ranks.Tasks {
	tasks := share.Tasks()
	maps.Copy(tasks, ials.Tasks(share))
	maps.Copy(tasks, neighbours.Tasks(share))
	return tasks
}
