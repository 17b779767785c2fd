package night

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// night is one night's work.
type night struct {
	config   Config
	store    *events.Store
	digest   string
	modelDir string
	reports  string
	identity registry.Night

	runID    string
	version  mlflow.Version
	reason   string // of the gate's verdict
	champion *mlflow.Version
	seconds  map[Step]float64
}

// Run does what is left to do of a night. A verdict, whichever it is, is no error.
func Run(ctx context.Context, config Config) (Result, error) {
	return run(ctx, config, Done)
}

// Only does one step of a night, if it is not done yet. A step before it that is missing is an
// error.
func Only(ctx context.Context, config Config, step Step) (Result, error) {
	return run(ctx, config, step)
}

func run(ctx context.Context, config Config, last Step) (result Result, err error) {
	unlock, err := lock(config.Data, fmt.Sprintf("night of %s", config.Date))
	if err != nil {
		return Result{}, err
	}
	defer func() {
		if unlockErr := unlock(); err == nil {
			err = unlockErr
		}
	}()
	if config.Lease == nil {
		return work(ctx, config, last)
	}
	held, release, err := config.Lease.Hold(ctx)
	if err != nil {
		return Result{}, fmt.Errorf("night of %s: %w", config.Date, err)
	}
	defer release()
	result, err = work(held, config, last)
	if err != nil && held.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", context.Cause(held), err)
	}
	return result, err
}

// work does a night's steps; no one else does.
func work(ctx context.Context, config Config, last Step) (Result, error) {
	n, err := begin(config)
	if err != nil {
		return Result{}, err
	}
	state, err := n.observe(ctx)
	if err != nil {
		return Result{}, err
	}
	for action := state.Next(); action.Step != Done; action = state.Next() {
		skip, err := passes(action.Step, last, config.Date)
		if err != nil {
			return Result{}, err
		}
		if skip {
			break
		}
		if err := n.step(ctx, action, &state); err != nil {
			return Result{}, err
		}
		if state.Next() == action {
			return Result{}, fmt.Errorf("%s of %s left nothing behind that it should have", action.Step, config.Date)
		}
	}
	return n.result(ctx, state)
}

func begin(config Config) (*night, error) {
	digest, err := config.digest()
	if err != nil {
		return nil, err
	}
	store, err := events.OpenStore(config.Data)
	if err != nil {
		return nil, err
	}
	n := &night{
		config: config, store: store, digest: digest,
		modelDir: config.modelDir(digest),
		reports:  reports.Dir(config.Data, config.Date),
		seconds:  map[Step]float64{},
	}
	n.identity = registry.Night{Date: config.Date, Digest: digest, ModelDir: n.modelDir}
	return n, n.clean()
}

// turn numbers the steps that can be asked for alone; those that belong to them have the same turn.
func (s Step) turn() int {
	switch s {
	case Ingest:
		return 0
	case Check:
		return 1
	case Prequential:
		return 2
	case Train:
		return 3
	case Consult, Log:
		return 4
	case Register:
		return 5
	case Gate:
		return 6
	case Challenge, HandOver, Crown:
		return 7
	}
	return 8
}

// passes says whether a night that is to stop after the step last skips this one, and so ends.
func passes(step, last Step, day events.Day) (bool, error) {
	switch {
	case last == Done:
		return false, nil
	case step.turn() > last.turn():
		return true, nil
	case step.turn() < last.turn() && step != Consult:
		return false, fmt.Errorf("the night of %s has not come to %s: first comes %s", day, last, step)
	}
	return false, nil
}

// step does one action, and brings the state up to date.
func (n *night) step(ctx context.Context, action Action, state *State) error {
	log := slog.With("step", string(action.Step), "night", n.config.Date.String())
	if !action.Day.IsZero() {
		log = log.With("day", action.Day.String())
	}
	log.Info("begin")
	begin := time.Now()
	if err := n.act(ctx, action, state); err != nil {
		return fmt.Errorf("night of %s: %s: %w", n.config.Date, action.Step, err)
	}
	seconds := time.Since(begin).Seconds()
	n.seconds[action.Step] += seconds
	log.Info("end", "seconds", seconds)
	return nil
}
