package neighbours

import (
	"math"
	"math/bits"
	"slices"
)

// ranked returns a number that orders candidates by cosine, highest first, then
// by item. A cosine isn't negative, so that its bits ascend with it.
func ranked(cosine float32, column int32) uint64 {
	return uint64(^math.Float32bits(cosine))<<32 | uint64(uint32(column))
}

// least moves the n least values to the front, in no order.
func least(values []uint64, n int) {
	for n > 0 && n < len(values) {
		if len(values) <= 12 {
			slices.Sort(values)
			return
		}
		// The middle one of three keeps what is ordered already from being slow.
		a, b, c := values[0], values[len(values)/2], values[len(values)-1]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := 0, len(values)-1
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch { // up to j are those not above the pivot, from i on those not below it
		case n <= j:
			values = values[:j+1]
		case n > i:
			values, n = values[i:], n-i
		default:
			return
		}
	}
}

// buckets is into how many kinds a selection sorts what it selects from, and kindBits
// how many bits tell these.
const (
	kindBits = 12
	buckets  = 1 << kindBits
)

// A selection finds the least of many values, reusing its memory.
type selection struct {
	counts [buckets]int
	middle []uint64
}

// last returns the n-th of the values, as if they were sorted: it counts how many
// there are of each kind, and looks closer at one kind alone. There must be n.
func (s *selection) last(values []uint64, n int) uint64 {
	var differ uint64
	for _, value := range values {
		differ |= value ^ values[0]
	}
	shift := max(0, bits.Len64(differ)-kindBits)
	kind := func(value uint64) int { return int(value>>shift) & (buckets - 1) }
	clear(s.counts[:])
	for _, value := range values {
		s.counts[kind(value)]++
	}
	wanted := 0
	for n > s.counts[wanted] {
		n -= s.counts[wanted]
		wanted++
	}
	s.middle = s.middle[:0]
	for _, value := range values {
		if kind(value) == wanted {
			s.middle = append(s.middle, value)
		}
	}
	least(s.middle, n)
	return slices.Max(s.middle[:n])
}
