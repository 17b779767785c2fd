package account

import (
	"math"
	"strconv"
)

// scale maps values to places on an axis, in the units of an SVG picture.
type scale struct{ from, to, begin, end float64 }

func (s scale) at(value float64) float64 {
	if s.to == s.from {
		return (s.begin + s.end) / 2
	}
	return s.begin + (value-s.from)/(s.to-s.from)*(s.end-s.begin)
}

// A tick is a place on an axis and what is written there.
type tick struct {
	At    float64
	Label string
}

// ticks gives about count round values between the ends of a scale.
func (s scale) ticks(count int, label func(float64) string) []tick {
	span := s.to - s.from
	if span <= 0 {
		return []tick{{s.at(s.from), label(s.from)}}
	}
	step := math.Pow(10, math.Floor(math.Log10(span/float64(count))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if span/(step*factor) <= float64(count) {
			step *= factor
			break
		}
	}
	var found []tick
	for n := math.Ceil(s.from/step - 1e-9); n*step <= s.to+step*1e-9; n++ {
		found = append(found, tick{s.at(n * step), label(n * step)})
	}
	return found
}

// widened gives the ends of an axis that holds the values with some room.
func widened(lowest, highest, room float64) (from, to float64) {
	span := highest - lowest
	if span <= 0 {
		span = max(math.Abs(highest), 0.1)
	}
	return lowest - room*span, highest + room*span
}

// coordinate writes a place with as many digits as can be seen.
func coordinate(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func decimals(digits int) func(float64) string {
	return func(x float64) string { return strconv.FormatFloat(x+0, 'f', digits, 64) }
}
