package admission

import "time"

// A patience says which requests have waited too long to be worth answering. A burst is worked off, however long its
// last waits for that. But where requests keep waiting, every one that comes would wait for all those before it; then
// those that have waited for more than the bound are refused, so that others are answered soon. That is when, in
// several windows one after the other, most have waited for more than half of the bound, or found no place. Refusing takes
// time as well: so that it can't take all of it, one in fifty is let in however long it has waited.
type patience struct {
	bound time.Duration // 0 for none

	from         time.Time // when the window began
	came, waited int       // requests of the window; those of them that waited long
	letIn        int       // of those that came, as far as waiting goes
	crowded      int       // windows in a row in which most waited long
}

const (
	windowBounds   = 4 // how many bounds a window is long
	crowdedWindows = 2 // how many windows make a crowd
	oneIn          = 50
)

// tooLong counts a request that has waited for a while until now, and says whether that is too long.
func (p *patience) tooLong(now time.Time, wait time.Duration) bool {
	p.count(now, wait > p.bound/2)
	if p.exceeded(wait) && !p.spares() {
		return true
	}
	p.letIn++
	return false
}

func (p *patience) exceeded(wait time.Duration) bool {
	return p.bound > 0 && p.crowded >= crowdedWindows && wait > p.bound
}

// spares says whether so few were let in of late that the next is, too.
func (p *patience) spares() bool { return p.letIn*oneIn < p.came }

// count counts a request that was looked at now, and whether it waited long.
func (p *patience) count(now time.Time, long bool) {
	window := windowBounds * p.bound
	if passed := now.Sub(p.from); passed >= window || passed < 0 {
		switch {
		case passed >= 2*window, passed < 0, 2*p.waited <= p.came: // nobody came for a window, the clock was set, most were in time
			p.crowded = 0
		default:
			p.crowded++
		}
		p.from, p.came, p.waited, p.letIn = now, 0, 0, 0
	}
	p.came++
	if long {
		p.waited++
	}
}
