package http1

import (
	"net/http"
	"time"
)

// A Refusal is how plain requests are turned away that have waited too long to be worth answering. It costs little
// more than reading them: there is no time to be lost to what won't be answered. The zero value turns none away.
type Refusal struct {
	isLate func(target string, arrived time.Time) bool
	head   []byte // without Date and what follows it
	body   []byte
}

// NewRefusal returns how requests for which isLate are turned away: as answer does, once for all.
func NewRefusal(isLate func(target string, arrived time.Time) bool, answer func(http.ResponseWriter)) Refusal {
	var written response
	written.begin()
	answer(&written)
	written.complete()
	return Refusal{isLate, written.head, written.body}
}

func (r Refusal) late(target string, arrived time.Time) bool {
	return r.isLate != nil && r.isLate(target, arrived)
}
