package progress

import (
	"fmt"
	"io"
	"time"
)

// lines is a display of plain lines: one when a task begins, one when it ends.
type lines struct{ to io.Writer }

func (l lines) Begin(name string, _ int) Task {
	l.Say(name + " …")
	return lineTask{lines: l, name: name, began: time.Now()}
}

func (l lines) Say(line string) {
	_, _ = fmt.Fprintln(l.to, line) // a reader that went away is no reason to fail
}

func (l lines) Close() {}

type lineTask struct {
	lines
	name  string
	began time.Time
}

func (t lineTask) Step(string)   {}
func (t lineTask) Detail(string) {}

func (t lineTask) Done(outcome string) {
	t.Say(fmt.Sprintf("%s: %s (%.1f s)", t.name, outcome, time.Since(t.began).Seconds()))
}

func (t lineTask) Failed() {
	t.Say(fmt.Sprintf("%s: failed (%.1f s)", t.name, time.Since(t.began).Seconds()))
}
