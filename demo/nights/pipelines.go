package nights

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/daybreak-ml/daybreak/demo/stack"
	"github.com/daybreak-ml/daybreak/events"
)

// grace is how long a night has to end by itself when the demo is interrupted.
const grace = 5 * time.Second

// giveWay is the nights' niceness. A night is patient and shoppers aren't; on a cluster it would run
// on other machines than the predictor.
const giveWay = 10

// Pipelines is the program pipelines, and what every night of the demo works with.
type Pipelines struct {
	Program   string
	Trainer   string
	Data      string // folder of the shop
	Mapping   string
	MLflow    string // address
	Predictor string // address
	Log       io.Writer
}

// Night is one night to run.
type Night struct {
	Day         events.Day
	Export      string
	TrainConfig string // settings of the trainer, or empty
}

// Run runs a night, and tells watch what it is about.
func (p Pipelines) Run(ctx context.Context, night Night, watch func(Event)) (Result, error) {
	args := []string{"night",
		"--date", night.Day.String(),
		"--data", p.Data,
		"--from-source", night.Export, "--mapping", p.Mapping,
		"--mlflow-uri", p.MLflow, "--predictor-url", p.Predictor,
		"--trainer", p.Trainer,
		"--output", "json",
	}
	if night.TrainConfig != "" {
		args = append(args, "--train-config", night.TrainConfig)
	}
	var result Result
	return result, p.run(ctx, args, &result, watch)
}

// Release releases a held day.
func (p Pipelines) Release(ctx context.Context, day events.Day, reason string) error {
	args := []string{"night", "--release", day.String(), "--reason", reason, "--who", "demo", "--data", p.Data, "--output", "json"}
	var released struct{}
	return p.run(ctx, args, &released, func(Event) {})
}

// run runs the program and decodes what it prints. When it fails, the error says what it said last.
func (p Pipelines) run(ctx context.Context, args []string, result any, watch func(Event)) error {
	var stdout bytes.Buffer
	said := &watcher{watch: watch}
	err := stack.Run(ctx, stack.Program{
		Path: p.Program, Args: args,
		Stdout: &stdout, Stderr: io.MultiWriter(p.Log, said),
		Nice: giveWay,
	}, grace)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && said.last != "":
		return errors.New(said.last)
	case err != nil:
		return err
	}
	if err := json.Unmarshal(stdout.Bytes(), result); err != nil {
		return fmt.Errorf("%s %s printed no JSON: %w", p.Program, args[0], err)
	}
	return nil
}
