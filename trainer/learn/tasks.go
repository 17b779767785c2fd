package learn

import (
	"maps"

	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/neighbours"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Tasks are what a rank other than 0 can be asked to do while a model is
// learned.
func Tasks() ranks.Tasks {
	tasks := ranks.Tasks{}
	maps.Copy(tasks, ials.Tasks())
	maps.Copy(tasks, neighbours.Tasks())
	return tasks
}
