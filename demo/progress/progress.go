// Package progress shows how far the demo is: bars on a terminal, plain lines elsewhere.
package progress

import (
	"io"

	"github.com/daybreak-ml/daybreak/command"
)

// Display shows tasks, one at a time.
type Display interface {
	// Begin shows a new task of so many steps.
	Begin(name string, steps int) Task
	// Say shows a line that stays.
	Say(line string)
	// Close leaves the terminal as it was. No task is shown after it.
	Close()
}

// Task is a task that is under way. It ends with Done or Failed.
type Task interface {
	// Step says that one more step has begun, and what it is.
	Step(what string)
	// Detail says how far the step is.
	Detail(text string)
	Done(outcome string)
	Failed()
}

// New gives the display that suits w.
func New(w io.Writer) Display {
	if command.IsTerminal(w) {
		return newBars(w)
	}
	return lines{w}
}
