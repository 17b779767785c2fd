package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/http1"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// refuses returns what turns predictions away that find no place, or have waited too long before anybody read them; nil if
// there is a place for all. Other requests, such as those for health, are answered however late.
func (s *Server) refuses() http1.Refuse {
	if s.options.Gate == nil {
		return nil
	}
	refusals := map[error]*http1.Refusal{}
	for _, why := range []error{recommend.ErrLate, recommend.ErrOverloaded} {
		refusals[why] = http1.NewRefusal(func(w http.ResponseWriter) { response.Overloaded(w, recommend.RetryAfter, why.Error()) })
	}
	return func(path string, arrived time.Time) *http1.Refusal { return refusals[s.turnsAway(path, arrived)] }
}

// turnsAway says why a request for a path that arrived at a time is turned away, and counts it; nil if it isn't.
func (s *Server) turnsAway(path string, arrived time.Time) error {
	name := asked(path)
	if name == "" || s.draining.Load() || !s.has(name) {
		return nil
	}
	why := s.options.Gate.Refuses(arrived)
	if why != nil {
		s.measured.TurnedAway(path[1:strings.IndexByte(path[1:], '/')+1], name, recommend.Reason(why))
	}
	return why
}

// has says whether there is a model of this name.
func (s *Server) has(name string) bool {
	_, err := s.models.Model(name)
	return err == nil
}
