package stack

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow/server"
)

// Options say what to start and where.
type Options struct {
	Predictor     string // the program
	ModelDir      string // the predictor's; it need not be there yet
	MLflowDir     string
	Logs          string // folder
	MLflowPort    int    // wanted; another is taken where somebody listens there
	PredictorPort int    // likewise
}

// Stack is an MLflow server and a predictor.
type Stack struct {
	MLflow    *server.Server
	Predictor *Predictor
}

// Up starts both and returns once both answer.
func Up(ctx context.Context, options Options) (*Stack, error) {
	if err := os.MkdirAll(options.Logs, 0o755); err != nil {
		return nil, err
	}
	port, err := Port(ctx, options.PredictorPort)
	if err != nil {
		return nil, err
	}
	predictor, err := StartPredictor(ctx, options.Predictor, options.ModelDir, port, filepath.Join(options.Logs, "predictor.log"))
	if err != nil {
		return nil, err
	}
	if port, err = Port(ctx, options.MLflowPort); err != nil {
		return nil, errors.Join(err, predictor.Stop())
	}
	mlflow, err := server.Start(ctx, server.Options{Dir: options.MLflowDir, Port: port})
	if err != nil {
		return nil, errors.Join(err, predictor.Stop())
	}
	return &Stack{MLflow: mlflow, Predictor: predictor}, nil
}

// EndedError says that a process ended by itself.
type EndedError struct {
	Name      string
	LastWords string // of its log
}

func (e *EndedError) Error() string { return e.Name + " ended by itself: " + e.LastWords }

// Watch returns nil when the context ends, and an *EndedError if a process ends before it.
func (s *Stack) Watch(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.Predictor.Done():
		return &EndedError{"the predictor", LastLines(s.Predictor.log, lastWords)}
	case <-s.MLflow.Done():
		return &EndedError{"MLflow", LastLines(s.MLflow.LogPath(), lastWords)}
	}
}

// Down stops both.
func (s *Stack) Down() error { return errors.Join(s.Predictor.Stop(), s.MLflow.Stop()) }
