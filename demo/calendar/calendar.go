// Package calendar chooses the days of a demo from those that a shop's data has.
package calendar

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/events"
)

// LeastHistory is how many days of data must lie before the first night: the check compares a day
// with the 28 before it.
const LeastHistory = 28

// Plan is which days a demo ingests and learns from.
type Plan struct {
	History []events.Day // ingested before the first night, ascending
	Nights  []events.Day // one night each, ascending
	After   events.Day   // the day after the last night that has data, for one night more
}

// Choose plans so many nights with the days there are, ascending. They are the newest days that
// follow each other without a gap, or simply the newest where a shop closes too often for that. The
// very last day is left out: an export that was taken at noon ends with half a day.
func Choose(days []events.Day, nights int) (Plan, error) {
	if nights < 1 {
		return Plan{}, fmt.Errorf("%d nights; there must be 1 or more", nights)
	}
	need := LeastHistory + nights + 2 // the night after, and the last day
	if len(days) < need {
		return Plan{}, fmt.Errorf("the data has %d days; for %d nights there must be %d (%d of history, the nights, and 2 after them): ask for fewer nights or use more data", len(days), nights, need, LeastHistory)
	}
	newest := len(days) - 2 - nights // where the nights begin, at the latest
	for first := newest; first >= LeastHistory; first-- {
		if days[first+nights].Sub(days[first]) == nights {
			return planned(days, first, nights), nil
		}
	}
	return planned(days, newest, nights), nil
}

func planned(days []events.Day, first, nights int) Plan {
	return Plan{History: days[:first], Nights: days[first : first+nights], After: days[first+nights]}
}
