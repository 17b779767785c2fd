package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

const (
	frame    = 100 * time.Millisecond
	barWidth = 24
)

// bars is a display of progress bars.
type bars struct {
	writer progress.Writer
	ended  chan struct{} // closed once nothing is drawn any more
}

func newBars(w io.Writer) *bars {
	writer := progress.NewWriter()
	writer.SetOutputWriter(w)
	writer.SetUpdateFrequency(frame)
	writer.SetTrackerLength(barWidth)
	writer.SetTrackerPosition(progress.PositionLeft)
	style := progress.StyleBlocks
	style.Visibility.Value = false
	style.Visibility.ETA = false
	style.Options.TimeInProgressPrecision = time.Second
	style.Options.TimeDonePrecision = 100 * time.Millisecond
	writer.SetStyle(style)
	b := &bars{writer: writer, ended: make(chan struct{})}
	go func() {
		defer close(b.ended)
		writer.Render()
	}()
	return b
}

func (b *bars) Begin(name string, steps int) Task {
	tracker := &progress.Tracker{Message: name, Total: int64(steps)}
	b.writer.AppendTracker(tracker)
	return &barTask{name: name, tracker: tracker}
}

func (b *bars) Say(line string) { b.writer.Log("%s", line) }

// Close draws the last frame, with finished bars drawn as such.
func (b *bars) Close() {
	time.Sleep(2 * frame)
	b.writer.Stop()
	<-b.ended
}

type barTask struct {
	name    string
	step    string
	begun   int64
	tracker *progress.Tracker
}

// Step counts the steps before this one, and never as many as there are: the task is not done yet.
func (t *barTask) Step(what string) {
	t.tracker.SetValue(min(t.begun, t.tracker.Total-1))
	t.begun++
	t.step = what
	t.tracker.UpdateMessage(t.name + ": " + what)
}

func (t *barTask) Detail(text string) {
	t.tracker.UpdateMessage(fmt.Sprintf("%s: %s, %s", t.name, t.step, text))
}

func (t *barTask) Done(outcome string) {
	t.tracker.UpdateMessage(t.name + ": " + outcome)
	t.tracker.MarkAsDone()
}

func (t *barTask) Failed() { t.tracker.MarkAsErrored() }
