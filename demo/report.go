package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/demo/load"
	"github.com/daybreak-ml/daybreak/demo/nights"
	"github.com/daybreak-ml/daybreak/demo/table"
	"github.com/daybreak-ml/daybreak/events"
)

// report is what a demo came to.
type report struct {
	Data        string           `json:"data"` // the mapping's name
	Nights      []nights.Outcome `json:"nights"`
	Requests    load.Summary     `json:"requests"`
	FirstAnswer float64          `json:"first_answer"` // seconds after the demo's start; 0 if there was none
	MLflow      string           `json:"mlflow"`
	Predictor   string           `json:"predictor"`

	rate, connections int
	began             time.Time // when shoppers were first answered
}

// newest is the newest day that the model which serves has learned from.
func (r report) newest() events.Day {
	var newest events.Day
	for _, night := range r.Nights {
		if night.Verdict() == nights.Promote {
			newest = night.Date
		}
	}
	return newest
}

// learned is how many events the i-th night's model has learned from; 0 where there is none.
func (r report) learned(i int) int {
	if i < 0 || r.Nights[i].Learned == nil {
		return 0
	}
	return r.Nights[i].Learned.Events
}

// write prints the report; nothing where no night was run.
func (r report) write(out *command.Output) error {
	if len(r.Nights) == 0 {
		return nil
	}
	if out.IsJSON() {
		return out.JSON(r)
	}
	out.Printf("\n")
	table.Write(out.Stdout, r.Nights, terminalWidth(out.Stdout))
	out.Printf("recall@20 and NDCG@20 are of the night's model, on shoppers whose last days it has not seen.\n")
	for i, night := range r.Nights {
		if !night.Released.IsZero() && night.Learned != nil {
			out.Printf("%s, which was held, is released: the night of %s learned from %d events more than the night before, %d of its own day.\n",
				night.Released, night.Date, night.Learned.Events-r.learned(i-1), night.Events)
		}
	}
	out.Printf("\nrequests  %d, %d a second over %d connections: %d failed\n", r.Requests.Requests, r.rate, r.connections, r.Requests.Failed)
	for _, failure := range r.Requests.Failures {
		out.Printf("          %d × %s\n", failure.Count, failure.Reason)
	}
	out.Printf("          answered by version %s\n", versions(r.Requests.Versions))
	out.Printf("          within %.1f ms (half of them), %.1f ms (99 of 100), %.1f ms (all)\n", r.Requests.Median, r.Requests.Tail, r.Requests.Slowest)
	out.Printf("          the first one %.0f s after the demo began\n", r.FirstAnswer)
	return nil
}

// versions says how much each version answered.
func versions(versions []load.Version) string {
	texts := make([]string, len(versions))
	for i, version := range versions {
		texts[i] = fmt.Sprintf("%s (%d)", version.Version, version.Answers)
	}
	return strings.Join(texts, ", ")
}

// terminalWidth gives the width of a terminal in characters, 0 for anything else.
func terminalWidth(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
