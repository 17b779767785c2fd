package model

import (
	"math"
	"math/bits"
	"slices"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// floorMost is the longest list for which floor looks for a floor: it takes longer than it saves for
// long ones.
const floorMost = blockRows

// floor returns a score that every row of the answer exceeds, so that a scan looks closely at few
// others: a little less than the lowest of q.take rows that may be in it, those which the shopper's own
// past speaks for most. Where there are too few it returns −Inf. It uses the memory of the best and of the rows that are noted.
func (m *Model) floor(q *search) float32 {
	memory := q.memory
	none := float32(math.Inf(-1))
	if q.take > floorMost {
		return none
	}
	q.likelyOfAll()
	if len(memory.best) < q.take {
		return none
	}
	for _, one := range memory.best {
		memory.pending, memory.bases = append(memory.pending, one.row), append(memory.bases, one.score)
	}
	scores, _ := m.scored(q, memory.pending, memory.bases, none)
	return math.Nextafter32(slices.Min(scores), none) // a row that scores as much may yet be in the answer
}

// likelyOfAll makes the best those rows of the catalogue that the shopper's own past speaks for most. It looks at what
// the shopper has bought first, which is mostly among them: few others exceed it then.
func (q *search) likelyOfAll() {
	base := q.memory.base
	lowest := float32(math.Inf(-1))
	for _, row := range q.profile.Items {
		if base[row] > lowest && (!q.filtered || q.memory.admit.has(int(row))) {
			lowest = q.likely(row, base[row])
		}
	}
	for begin := 0; begin < len(base); begin += blockRows {
		at, above := vec.FirstAbove(base[begin:], lowest)
		begin += at
		if q.filtered {
			above &= q.memory.admit[begin/blockRows]
		}
		for ; above != 0; above &= above - 1 {
			row := begin + bits.TrailingZeros64(above)
			if base[row] > lowest && !q.memory.best.holds(int32(row)) {
				lowest = q.likely(int32(row), base[row])
			}
		}
	}
}

// likely takes a row if it is among the best, and returns what the next must exceed to be taken.
func (q *search) likely(row int32, base float32) (lowest float32) {
	q.consider(candidate{row: row, score: base})
	if len(q.memory.best) < q.take {
		return float32(math.Inf(-1))
	}
	return q.memory.best[0].score
}
