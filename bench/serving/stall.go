package main

import (
	"cmp"
	"slices"
	"time"
)

// stallFrom is how long a load looks at nothing before it counts as held up: more than it takes to send and receive what it does
// in one round.
const stallFrom = 300 * time.Microsecond

// A span is a length of time, counted from the beginning of a load.
type span struct{ from, to time.Duration }

// An exchange is a request that was answered.
type exchange struct{ due, sent, answered time.Duration }

// latency is from when a request was due, sinceSent from when it was sent.
func (e exchange) latency() time.Duration   { return e.answered - e.due }
func (e exchange) sinceSent() time.Duration { return e.answered - e.sent }

// undisturbed returns from when they were due until they were answered the times of exchanges that a load which was held up at
// times had no part in, in order of size. A load that is held up sees answers late, and sends late, all at once, what was due
// meanwhile: what is under way then says more about the load than about the server, until all of that is answered.
func undisturbed(exchanges []exchange, stalls []span) []time.Duration {
	exchanges = slices.SortedFunc(slices.Values(exchanges), func(a, b exchange) int { return cmp.Compare(a.due, b.due) })
	var disturbed []span
	next, answered := 0, time.Duration(0)
	for _, stall := range stalls {
		for ; next < len(exchanges) && exchanges[next].due <= stall.to; next++ {
			answered = max(answered, exchanges[next].answered)
		}
		stall.to = max(stall.to, answered)
		if last := len(disturbed) - 1; last >= 0 && stall.from <= disturbed[last].to {
			disturbed[last].to = max(disturbed[last].to, stall.to)
		} else {
			disturbed = append(disturbed, stall)
		}
	}
	var times []time.Duration
	for _, e := range exchanges {
		for len(disturbed) > 0 && disturbed[0].to < e.due {
			disturbed = disturbed[1:]
		}
		if len(disturbed) == 0 || e.answered < disturbed[0].from {
			times = append(times, e.latency())
		}
	}
	slices.Sort(times)
	return times
}
