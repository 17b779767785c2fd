package ranks

import "sync"

// A Spare is the memory of sums that nobody needs any more, for those to come, all of
// one width. A sync.Pool would forget it when garbage is collected, and it would be made
// again beside what the heap is yet to give up.
type Spare[T Number] struct {
	mutex sync.Mutex
	sums  [][]T
}

// Give leaves the memory of a sum, or other memory of its width, to sums to come.
func (s *Spare[T]) Give(sum []T) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sums = append(s.sums, sum)
}

// take returns a sum of any values [width].
func (s *Spare[T]) take(width int) []T {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	last := len(s.sums) - 1
	if last < 0 {
		return make([]T, width)
	}
	sum := s.sums[last]
	s.sums = s.sums[:last]
	return sum
}
