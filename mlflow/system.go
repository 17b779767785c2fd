package mlflow

import (
	"context"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/mlflow/resources"
)

// MetricLogger takes points of metrics, as ActiveRun does.
type MetricLogger interface {
	LogMetrics(ctx context.Context, metrics []Metric) error
}

// DefaultSystemInterval is how often WatchSystem samples, as MLflow's Python
// client does.
const DefaultSystemInterval = 10 * time.Second

// SystemWatch logs what the program's container, or the machine where there is
// none, uses, as metrics system/… under the names of MLflow's Python client.
type SystemWatch struct {
	logger   MetricLogger
	reader   resources.Reader
	began    time.Time
	interval time.Duration
	cancel   context.CancelFunc
	done     sync.WaitGroup
	err      error // of the first sample that could not be logged
}

// WatchSystem samples every interval until Stop is called or the context ends.
// began is the run's start: a sample's step is the number of intervals since
// then, so that a run that is gone on with continues its lines. dir chooses the
// file system whose space is measured.
//
// A sample that can't be logged ends the watch, not the program.
func WatchSystem(ctx context.Context, logger MetricLogger, began time.Time, interval time.Duration, dir string) *SystemWatch {
	ctx, cancel := context.WithCancel(ctx)
	w := &SystemWatch{logger: logger, reader: resources.NewReader(dir), began: began, interval: interval, cancel: cancel}
	w.done.Go(func() { w.err = w.watch(ctx) })
	return w
}

// Stop takes no further samples and returns the error that ended the watch
// early, if one did.
func (w *SystemWatch) Stop() error {
	w.cancel()
	w.done.Wait()
	return w.err
}

func (w *SystemWatch) watch(ctx context.Context) error {
	first, err := w.reader.Read()
	if err != nil {
		return err
	}
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	before, at := first, time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now := time.Now()
		usage, err := w.reader.Read()
		if err != nil {
			return err
		}
		if err := w.logger.LogMetrics(ctx, w.metrics(first, before, usage, now.Sub(at), now)); err != nil {
			if ctx.Err() != nil { // stopped in the middle of a sample
				return nil
			}
			return err
		}
		before, at = usage, now
	}
}

// metrics gives a sample as points: CPU since the sample before, network since
// the first.
func (w *SystemWatch) metrics(first, before, usage resources.Usage, elapsed time.Duration, now time.Time) []Metric {
	const megabyte = 1e6
	var metrics []Metric
	step := int64(now.Sub(w.began) / w.interval)
	add := func(name string, known bool, value float64) {
		if known {
			metrics = append(metrics, Metric{Key: "system/" + name, Value: value, Step: step, Timestamp: now.UnixMilli()})
		}
	}
	share := func(part, whole int64) float64 { return 100 * float64(part) / float64(whole) }
	add("cpu_utilization_percentage", usage.CPU >= 0 && before.CPU >= 0 && elapsed > 0,
		100*float64(usage.CPU-before.CPU)/(float64(elapsed)*usage.CPUs))
	add("system_memory_usage_megabytes", usage.Memory >= 0, float64(usage.Memory)/megabyte)
	add("system_memory_usage_percentage", usage.Memory >= 0 && usage.MemoryLimit > 0, share(usage.Memory, usage.MemoryLimit))
	add("process_memory_usage_megabytes", usage.Process >= 0, float64(usage.Process)/megabyte)
	add("disk_usage_percentage", usage.DiskUsed+usage.DiskFree > 0, share(usage.DiskUsed, usage.DiskUsed+usage.DiskFree))
	add("disk_usage_megabytes", usage.DiskUsed >= 0, float64(usage.DiskUsed)/megabyte)
	add("disk_available_megabytes", usage.DiskFree >= 0, float64(usage.DiskFree)/megabyte)
	add("network_receive_megabytes", usage.NetworkIn >= 0, float64(usage.NetworkIn-first.NetworkIn)/megabyte)
	add("network_transmit_megabytes", usage.NetworkOut >= 0, float64(usage.NetworkOut-first.NetworkOut)/megabyte)
	return metrics
}
