// Package live shows a training in MLflow while it goes on: its metrics as they
// come about, and what it takes of the machine. Training never waits for it and
// never fails for it: all that matters is in the model's own record, which is
// logged when training is done.
package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/model"
)

const (
	// systemInterval is short enough for a training of half a minute to show a line.
	systemInterval = 2 * time.Second
	// pending is how many metrics may wait to be sent; more are left to the record.
	pending = 1000
	// stopTimeout bounds how long a training that is done waits for what was not sent yet.
	stopTimeout = 5 * time.Second
)

// A View is a run that a training is shown in. A nil View shows nothing.
type View struct {
	metrics chan mlflow.Metric
	system  *mlflow.SystemWatch
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// Show shows a training in a run that began at a time; dir is the folder whose
// file system the training writes to. Stop ends it.
func Show(ctx context.Context, run mlflow.MetricLogger, began time.Time, dir string) *View {
	ctx, cancel := context.WithCancel(ctx)
	v := &View{
		metrics: make(chan mlflow.Metric, pending),
		system:  mlflow.WatchSystem(ctx, run, began, systemInterval, dir),
		cancel:  cancel,
	}
	v.done.Go(func() { v.send(ctx, run) })
	return v
}

// send sends what is waiting, together, until the channel is closed.
func (v *View) send(ctx context.Context, run mlflow.MetricLogger) {
	failed := false
	for metric := range v.metrics {
		batch := []mlflow.Metric{metric}
		for len(v.metrics) > 0 {
			batch = append(batch, <-v.metrics)
		}
		if failed {
			continue
		}
		if err := run.LogMetrics(ctx, batch); err != nil {
			slog.Warn("training is no longer shown in MLflow while it goes on", "error", err)
			failed = true
		}
	}
}

// Metric shows a metric.
func (v *View) Metric(metric model.Metric) {
	if v == nil {
		return
	}
	select {
	case v.metrics <- mlflow.Metric{Key: metric.Key, Value: metric.Value, Step: metric.Step, Timestamp: metric.Timestamp}:
	default: // MLflow is slower than training
	}
}

// Stop sends what is waiting, for a while at most. Nothing may be shown after it.
func (v *View) Stop() {
	if v == nil {
		return
	}
	close(v.metrics)
	late := time.AfterFunc(stopTimeout, v.cancel)
	v.done.Wait()
	late.Stop()
	if err := v.system.Stop(); err != nil {
		slog.Warn("system metrics ended early", "error", err)
	}
	v.cancel()
}
