package http1

import (
	"net/http"
	"time"
)

// A Refuse says, of a plain request that was received whole, how it is turned away before the handler sees it; nil for one
// that the handler answers. It must not wait.
type Refuse func(target string, arrived time.Time) *Refusal

// A Refusal is how plain requests are turned away. It costs little more than reading them: there is no time to be lost to
// what won't be answered.
type Refusal struct {
	head []byte // without Date and what follows it
	body []byte
}

// NewRefusal returns how requests are turned away: as answer does, once for all.
func NewRefusal(answer func(http.ResponseWriter)) *Refusal {
	var written response
	written.begin()
	answer(&written)
	written.complete()
	return &Refusal{written.head, written.body}
}

// refuse is the server's Refuse, if it has one.
func (s *Server) refuse(target string, arrived time.Time) *Refusal {
	if s.refuses == nil {
		return nil
	}
	return s.refuses(target, arrived)
}
