package nights

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Event is a step of a night that begins, or how far it is.
type Event struct {
	Step   string // set where one begins
	Detail string // set otherwise
}

// watcher reads a night's log, line by line, for what a person may want to see of it.
type watcher struct {
	watch func(Event)
	line  []byte // that has begun
	last  string // whole line
}

// Write implements io.Writer. It never fails.
func (w *watcher) Write(p []byte) (int, error) {
	w.line = append(w.line, p...)
	for {
		line, rest, whole := bytes.Cut(w.line, []byte{'\n'})
		if !whole {
			return len(p), nil
		}
		w.read(line)
		w.line = rest
	}
}

func (w *watcher) read(line []byte) {
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	w.last = string(line)
	var record struct {
		Message string `json:"msg"`
		Step    string `json:"step"`
		Stage   string `json:"stage"`
		Epoch   int    `json:"epoch"`
		Of      int    `json:"of"`
	}
	if json.Unmarshal(line, &record) != nil {
		return // what is no record is for the log alone
	}
	switch {
	case record.Message == "begin" && record.Step != "":
		w.watch(Event{Step: record.Step})
	case record.Message == "epoch":
		w.watch(Event{Detail: fmt.Sprintf("%s epoch %d of %d", record.Stage, record.Epoch, record.Of)})
	}
}
