package admission

import "time"

// A patience says which requests have waited too long to be worth answering. A burst is worked off, however long its
// last waits for that. But where requests keep waiting, every one that comes would wait for all those before it; then
// those that have waited for more than the bound are refused, so that others are answered soon. That is when, in
// several windows one after the other, most have waited for more than half of the bound, or found no place.
type patience struct {
	bound time.Duration // 0 for none

	from         time.Time // when the window began
	came, waited int       // requests of the window; those of them that waited long
	crowded      int       // windows in a row in which most waited long
}

const (
	windowBounds   = 4 // how many bounds a window is long
	crowdedWindows = 2 // how many windows make a crowd
)

// tooLong counts a request that has waited for a while until now, and says whether that is too long.
func (p *patience) tooLong(now time.Time, wait time.Duration) bool {
	p.count(now, wait > p.bound/2)
	return p.exceeded(wait)
}

func (p *patience) exceeded(wait time.Duration) bool {
	return p.bound > 0 && p.crowded >= crowdedWindows && wait > p.bound
}

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
		p.from, p.came, p.waited = now, 0, 0
	}
	p.came++
	if long {
		p.waited++
	}
}
