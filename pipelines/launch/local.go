package launch

import (
	"context"
	"fmt"
	"path/filepath"
)

// Local trains on this machine.
type Local struct{ Trainer Program }

// Train runs the trainer and waits for it.
func (l Local) Train(ctx context.Context, training Training) error {
	if err := clearLeftovers(filepath.Dir(training.ModelDir)); err != nil {
		return fmt.Errorf("train as of %s: %w", training.AsOf, err)
	}
	var summary struct{}
	if err := l.Trainer.run(ctx, training.args(), &summary); err != nil {
		return fmt.Errorf("train as of %s: %w", training.AsOf, err)
	}
	return nil
}
