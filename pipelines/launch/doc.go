// Package launch starts training, and runs the trainer's other commands.
//
// A [Launcher] brings a model folder about: [Local] runs the trainer on this machine, [PyTorchJob] in
// pods of a cluster.
// What it learns from and where it writes is a [Training]. The comparisons of models (compare,
// prequential) are short and always run beside the night, by [Program].
package launch

import (
	"context"

	"github.com/daybreak-ml/daybreak/events"
)

// Training says what is to be learned.
type Training struct {
	Events    string     // the store's root
	AsOf      events.Day // what comes before this day is learned from
	ModelDir  string     // the folder to make; it must not exist
	ModelName string
	Config    string // the trainer's settings (YAML), or empty for its defaults
}

// args are the trainer's, wherever it runs.
func (t Training) args() []string {
	return withConfig([]string{"train",
		"--events", t.Events,
		"--as-of", t.AsOf.String(),
		"--model-dir", t.ModelDir,
		"--model-name", t.ModelName,
	}, t.Config)
}

// Launcher brings a training about and returns once the model folder is complete. Training again
// after a failure or a kill starts over.
type Launcher interface {
	Train(ctx context.Context, training Training) error
}
