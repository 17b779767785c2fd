package live_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/live"
)

// run keeps what is logged to it, or refuses it.
type run struct {
	mutex  sync.Mutex
	logged []mlflow.Metric
	err    error
}

func (r *run) LogMetrics(_ context.Context, metrics []mlflow.Metric) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.logged = append(r.logged, metrics...)
	return r.err
}

func TestMetricsAreShownInTheirOrder(t *testing.T) {
	shown := &run{}
	view := live.Show(t.Context(), shown, time.Now(), t.TempDir())
	for step := range int64(100) {
		view.Metric(model.Metric{Key: "train/loss", Value: 1 / float64(step+1), Step: step, Timestamp: 1})
	}
	view.Stop()
	logged := slices.DeleteFunc(shown.logged, func(m mlflow.Metric) bool { return strings.HasPrefix(m.Key, "system/") }) // of a slow machine
	require.Len(t, logged, 100)
	for step, metric := range logged {
		require.Equal(t, mlflow.Metric{Key: "train/loss", Value: 1 / float64(step+1), Step: int64(step), Timestamp: 1}, metric)
	}
}

func TestTrainingGoesOnWhereMLflowDoesNotAnswer(t *testing.T) {
	refusing := &run{err: errors.New("away")}
	view := live.Show(t.Context(), refusing, time.Now(), t.TempDir())
	for range 10_000 {
		view.Metric(model.Metric{Key: "train/loss"})
	}
	view.Stop()
	require.NotEmpty(t, refusing.logged)
}

func TestNothingIsShownWithoutARun(*testing.T) {
	var view *live.View
	view.Metric(model.Metric{Key: "train/loss"})
	view.Stop()
}
