package ranks

import "sync"

// spare is the memory of sums that went into others, for more of the same. A
// sync.Pool would forget it when garbage is collected, and it would be made again
// beside what the heap is yet to give up.
type spare struct {
	mutex sync.Mutex
	sums  []any // each a []T
}

// large is how many values a sum has, at least, whose memory is kept: a Gramian's.
const large = 1024

// keep leaves the memory of a sum to others.
func keep[T Number](s *spare, sum []T) {
	if len(sum) < large {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sums = append(s.sums, sum)
}

// take returns a sum of any values [width]. What is kept of other sizes is
// forgotten: there is one kind of large sums at a time.
func take[T Number](s *spare, width int) []T {
	if width < large {
		return make([]T, width)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for len(s.sums) > 0 {
		last := len(s.sums) - 1
		sum, ok := s.sums[last].([]T)
		s.sums[last], s.sums = nil, s.sums[:last]
		if ok && len(sum) == width {
			return sum
		}
	}
	return make([]T, width)
}

// Release leaves the memory of what Sum has returned, and nobody uses any more, to
// the sums that follow.
func Release[T Number](s *Session, sum []T) { keep(&s.spare, sum) }
