package night

import (
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

// Step is one of the things a night does. The zero Step is Done.
type Step string

// The steps, in their order.
const (
	Ingest      Step = "ingest"
	Check       Step = "check"
	Prequential Step = "prequential"
	Train       Step = "train"
	Consult     Step = "consult" // look up what the registry has
	Log         Step = "log"
	Register    Step = "register"
	Gate        Step = "gate"
	Challenge   Step = "challenge" // the alias challenger
	HandOver    Step = "hand-over"
	Crown       Step = "crown" // the alias champion
	Done        Step = "done"
)

// Action is a step, and the day it is for where that is not the night's own alone.
type Action struct {
	Step Step
	Day  events.Day // of Ingest and Check
}

// DayState is how far a day of the shop has come.
type DayState struct {
	Day      events.Day
	Ingested bool
	Checked  bool
	Held     bool
}

// Serving is the version that serves. The zero Serving says that none does.
type Serving struct {
	Version string
	Date    events.Day // of the night that made it
}

// State is all that decides what a night does next.
type State struct {
	// Days are the day of the night, last, and before it those that were missed, ascending.
	Days []DayState

	Measured bool // recent models were measured on the day
	Trained  bool

	Consulted  bool // what follows is known
	Logged     bool
	Version    string        // tonight's, once it is registered
	Verdict    gate.Decision // on Version, once there is one
	Challenger string        // the version
	Serving    Serving
	Answering  bool // the service was seen to answer with Version
	Settled    bool // the rollout's outcome is recorded
}

// Date is the night's day.
func (s State) Date() events.Day { return s.Days[len(s.Days)-1].Day }

// Held says whether the night's own day is held, which ends the night: nothing is to learn from it.
func (s State) Held() bool {
	day := s.Days[len(s.Days)-1]
	return day.Checked && day.Held
}

// Overtaken says whether the version that serves is of a later day than the night's: then the night
// comes too late to change what serves.
func (s State) Overtaken() bool { return s.Serving.Date.After(s.Date()) }

// Next decides what is to be done. What one step leaves behind is the condition of the next, so that
// a night that was killed goes on where it was.
func (s State) Next() Action {
	for _, day := range s.Days {
		switch {
		case !day.Ingested:
			return Action{Ingest, day.Day}
		case !day.Checked:
			return Action{Check, day.Day}
		}
	}
	switch {
	case s.Held():
		return Action{Step: Done}
	case !s.Measured:
		return Action{Step: Prequential}
	case !s.Trained:
		return Action{Step: Train}
	case !s.Consulted:
		return Action{Step: Consult}
	case !s.Logged:
		return Action{Step: Log}
	case s.Version == "":
		return Action{Step: Register}
	case s.Verdict == "":
		return Action{Step: Gate}
	case s.Verdict != gate.Promote || s.Settled:
		return Action{Step: Done}
	}
	return s.rollOut()
}

// rollOut brings a promoted version to the shoppers, and the aliases after it.
func (s State) rollOut() Action {
	switch {
	case s.Serving.Version == s.Version:
		return Action{Step: Crown} // what is missing of it is that it is recorded
	case s.Overtaken():
		return Action{Step: Done}
	case s.Challenger != s.Version:
		return Action{Step: Challenge}
	case !s.Answering:
		return Action{Step: HandOver}
	}
	return Action{Step: Crown}
}
