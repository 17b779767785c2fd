package launch

import (
	"context"
	"fmt"
)

// Local trains on this machine.
type Local struct{ Trainer Program }

// Train runs the trainer and waits for it.
func (l Local) Train(ctx context.Context, training Training) error {
	args := []string{"train",
		"--events", training.Events,
		"--as-of", training.AsOf.String(),
		"--model-dir", training.ModelDir,
		"--model-name", training.ModelName,
	}
	var summary struct{}
	if err := l.Trainer.run(ctx, withConfig(args, training.Config), &summary); err != nil {
		return fmt.Errorf("train as of %s: %w", training.AsOf, err)
	}
	return nil
}
