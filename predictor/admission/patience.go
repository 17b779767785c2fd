package admission

import "time"

// A patience says which requests have waited too long to be worth answering. A burst is worked off, however long its
// last waits for that. But where requests keep waiting, every one that comes would wait for all those before it; then
// those that have waited for more than the bound are refused, so that others are answered soon. That is when, in
// several windows one after the other, more than a quarter have waited for more than half of the bound, or found no place: no more
// than that, as who takes the newest first lets few wait. Where few wait at a time, it isn't for each other that they wait, but for
// a machine that is busy otherwise, and refusing them helps nobody. Refusing takes
// time as well: so that it can't take all of it, one is let in after 49 that were refused, however long it has waited. And where nearly all
// still come too late after many windows, reading and refusing take more time than there is: waiting can't be helped
// then, and rather than answer nearly nobody, all are let in for a while before refusing is tried again.
type patience struct {
	least time.Duration // that the bound is, which grows with the turns; 0 for none
	turn  time.Duration // how long a turn takes, about
	crowd int           // how many wait at a time, on average, where requests keep waiting

	from         time.Time     // when the window began
	came, waited int           // requests of the window; those of them that waited long
	refused      int           // in a row
	waits        time.Duration // of those that came
	late         int           // of those that came, who waited for more than the bound
	crowded      int           // windows in a row in which many waited long
	inVain       int           // windows in a row in which nearly all were late though late ones were refused
	givenUp      time.Time     // when refusing was; zero if it isn't
}

const (
	crowdWaiting   = 8 // how many wait for each place, on average, in a crowd
	boundTurns     = 4 // how many turns a bound is long at least: where one takes long, few would be let in otherwise
	turnShare      = 8 // a turn counts for one in so many
	windowBounds   = 4 // how many bounds a window is long
	crowdShare     = 4 // one in so many waits long in a crowd
	crowdedWindows = 2 // how many windows make a crowd
	oneIn          = 50
	// forgottenWindows is how many windows nobody may come before a crowd is forgotten: a machine that stands still for a moment
	// ends none.
	forgottenWindows = 10
	vainWindows      = 25  // how many windows refusing may be in vain
	restWindows      = 250 // how many windows nobody is refused then
)

// newPatience returns one for so many places with a bound, unless that is 0.
func newPatience(places int, bound time.Duration) patience {
	return patience{least: bound, crowd: crowdWaiting * max(1, places)}
}

// turned learns how long a turn took.
func (p *patience) turned(took time.Duration) {
	p.turn += (took - p.turn) / turnShare
}

// bound is for how long one may have waited; 0 for any time.
func (p *patience) bound() time.Duration {
	if p.least == 0 {
		return 0
	}
	return max(p.least, boundTurns*p.turn)
}

// tooLong counts a request that has waited for a while until now, and says whether that is too long.
func (p *patience) tooLong(now time.Time, wait time.Duration) bool {
	p.count(now, wait, false)
	if p.exceeded(wait) && !p.spares() {
		p.refused++
		return true
	}
	p.refused = 0
	return false
}

func (p *patience) exceeded(wait time.Duration) bool { return p.refuses() && wait > p.bound() }

// refuses says whether late ones are refused.
func (p *patience) refuses() bool {
	return p.bound() > 0 && p.crowded >= crowdedWindows && p.givenUp.IsZero()
}

// spares says whether so many were refused, and nobody let in, that the next is let in.
func (p *patience) spares() bool { return p.refused >= oneIn-1 }

// count counts a request that was looked at now, how long it has waited, and whether it found no place.
func (p *patience) count(now time.Time, wait time.Duration, placeless bool) {
	if passed := now.Sub(p.from); passed >= windowBounds*p.bound() || passed < 0 {
		p.conclude(now, passed)
	}
	p.came++
	p.waits += max(0, wait)
	if placeless {
		p.waits += p.bound() // or longer, if there had been a place to wait
	}
	if placeless || wait > p.bound()/2 {
		p.waited++
	}
	if wait > p.bound() {
		p.late++
	}
}

// conclude ends a window.
func (p *patience) conclude(now time.Time, passed time.Duration) {
	window := windowBounds * p.bound()
	vain := p.refuses() && 10*p.late > 9*p.came
	switch {
	case passed >= forgottenWindows*window, passed < 0, // nobody came for long, the clock was set,
		crowdShare*p.waited <= p.came, p.waits < time.Duration(p.crowd)*passed: // nearly all were in time, few waited
		p.crowded, p.inVain, p.givenUp = 0, 0, time.Time{}
	case vain:
		p.crowded++
		p.inVain++
	default:
		p.crowded++
		p.inVain = 0
	}
	switch {
	case p.inVain >= vainWindows:
		p.inVain, p.givenUp = 0, now
	case !p.givenUp.IsZero() && now.Sub(p.givenUp) >= restWindows*window:
		p.givenUp = time.Time{}
	}
	p.from, p.came, p.waited, p.late, p.waits = now, 0, 0, 0, 0
}
