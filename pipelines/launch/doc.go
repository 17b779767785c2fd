// Package launch starts training, and runs the trainer's other commands.
//
// A [Launcher] brings a model folder about: [Local] runs the trainer on this machine, a [Job] in pods of a
// cluster, by a [PyTorchJob] or a [TrainJob].
// What it learns from and where it writes is a [Training]. The comparisons of models (compare,
// prequential) and their description (card) are short and always run beside the night, by [Program].
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

	// MlflowURI and MlflowRun name the run that training's metrics are shown in while it goes on; both
	// are empty where there is none. Training doesn't fail for it.
	MlflowURI, MlflowRun string
}

// args are the trainer's, wherever it runs.
func (t Training) args() []string {
	args := []string{"train",
		"--events", t.Events,
		"--as-of", t.AsOf.String(),
		"--model-dir", t.ModelDir,
		"--model-name", t.ModelName,
	}
	if t.MlflowRun != "" {
		args = append(args, "--mlflow-uri", t.MlflowURI, "--mlflow-run", t.MlflowRun)
	}
	return withConfig(args, t.Config)
}

// Launcher brings a training about and returns once the model folder is complete. Training again
// after a failure or a kill starts over.
type Launcher interface {
	Train(ctx context.Context, training Training) error
}
