package main

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// progressBar shows epochs as they pass: a bar on a terminal, a log record
// elsewhere.
type progressBar struct {
	writer  progress.Writer // nil where no terminal watches
	drawn   chan struct{}   // closed when it draws no more
	tracker *progress.Tracker
	stage   string
	ndcg    float64 // on the validation window, after the epoch that comes next; 0 where it isn't measured
}

func newProgress() *progressBar {
	bar := &progressBar{}
	if command.IsTerminal(os.Stderr) {
		bar.writer = progress.NewWriter()
		bar.writer.SetOutputWriter(os.Stderr)
		bar.writer.SetUpdateFrequency(100 * time.Millisecond)
		bar.writer.Style().Visibility.ETA = true
		bar.drawn = make(chan struct{})
		go func() {
			defer close(bar.drawn)
			bar.writer.Render()
		}()
	}
	return bar
}

// validated notes the NDCG on the validation window after an epoch, which is told
// next.
func (b *progressBar) validated(epoch int, ndcg float64) {
	b.ndcg = ndcg
	if b.writer == nil {
		slog.Info("validated", "epoch", epoch, "ndcg", ndcg)
	}
}

// epoch is a learn.Progress.
func (b *progressBar) epoch(stage string, epoch ials.Epoch) {
	if b.writer == nil {
		slog.Info("epoch", "stage", stage, "epoch", epoch.Number, "of", epoch.Of, "loss", epoch.Loss,
			"compute_seconds", epoch.Took.Compute, "wire_seconds", epoch.Took.Wire,
			"sent_bytes", epoch.Took.Sent, "received_bytes", epoch.Took.Received)
		return
	}
	if b.tracker == nil || epoch.Number == 1 || stage != b.stage {
		b.tracker = &progress.Tracker{Total: int64(epoch.Of)}
		b.stage = stage
		b.writer.AppendTracker(b.tracker)
	}
	message := stage
	if epoch.Loss > 0 { // choosing has none
		message = fmt.Sprintf("%s: epoch %d of %d, loss %.4f", stage, epoch.Number, epoch.Of, epoch.Loss)
	}
	if b.ndcg > 0 {
		message += fmt.Sprintf(", NDCG@%d %.4f", learn.K, b.ndcg)
		b.ndcg = 0
	}
	b.tracker.UpdateMessage(message)
	b.tracker.SetValue(int64(epoch.Number))
	if epoch.Number == epoch.Of {
		b.tracker.MarkAsDone()
	}
}

// stop has the bars drawn as they are now, and leaves the terminal as it was.
func (b *progressBar) stop() {
	if b.writer == nil {
		return
	}
	for {
		b.writer.Stop() // which one that hasn't begun to draw doesn't hear
		select {
		case <-b.drawn:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}
