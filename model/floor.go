package model

import "math"

// floorMost is the longest list for which floor looks for a floor: it takes longer than it saves for
// long ones.
const floorMost = 64

// floor returns a score that every row of the answer exceeds, so that a scan looks closely at few
// others: a little less than the lowest of q.take rows that may be in it, those which the shopper's own
// past speaks for most. Where there are too few it returns −Inf. It uses the memory of the best.
func (m *Model) floor(q *search) float32 {
	memory := q.memory
	none := float32(math.Inf(-1))
	if q.take > floorMost || len(memory.changed) < q.take {
		return none
	}
	likely := memory.best[:0]
	for _, row := range memory.changed {
		base := memory.base[row]
		if len(likely) == q.take && !(base > likely[0].score) || q.filtered && !memory.admit.has(int(row)) || likely.holds(row) {
			continue
		}
		found := candidate{row: row, score: base}
		if len(likely) < q.take {
			likely.push(found)
		} else {
			likely.replace(found)
		}
	}
	memory.best = likely
	if len(likely) < q.take {
		return none
	}
	lowest := float32(math.Inf(1))
	for _, one := range likely {
		lowest = min(lowest, m.scored(q, int(one.row)))
	}
	return math.Nextafter32(lowest, none) // a row that scores as much may yet be in the answer
}
