package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/http1"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// refusal returns how predictions are turned away that have waited too long before anybody read them. Other requests,
// such as those for health, are answered however late.
func (s *Server) refusal() http1.Refusal {
	if s.options.Gate == nil {
		return http1.Refusal{}
	}
	return http1.NewRefusal(s.turnsAway, func(w http.ResponseWriter) {
		response.Overloaded(w, recommend.RetryAfter, recommend.ErrLate.Error())
	})
}

// turnsAway says whether a request for a path that arrived at a time is turned away, and counts it.
func (s *Server) turnsAway(path string, arrived time.Time) bool {
	if !s.options.Gate.Late(arrived) {
		return false
	}
	name := asked(path)
	if _, err := s.models.Model(name); name == "" || err != nil || s.draining.Load() {
		return false
	}
	s.measured.TurnedAway(path[1:strings.IndexByte(path[1:], '/')+1], name)
	return true
}
