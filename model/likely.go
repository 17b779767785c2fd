package model

import (
	"math"
	"math/bits"
	"slices"
)

// likelyRows are the rows that a search considers before all others, and what it knows of them.
type likelyRows struct {
	rows    []int32
	bases   []float32 // of each
	reaches []float32 // of each
}

// taken is the base of a row that takeLikely has taken.
const taken = -math.MaxFloat32

// takeLikely considers the rows that the search has changed before anything else, if they are few, or else what the shopper has
// bought: most of the answer is among them. It returns what must be exceeded then, which few others do. If changed rows
// are few, no row is left that has more than popularity speak for it.
func (m *Model) takeLikely(q *search) (floor float32) {
	memory := q.memory
	rows := memory.changed
	if memory.rewrote {
		rows = q.profile.Items
	}
	likely := &memory.likely
	likely.take(q, rows, q.codes.Reaches)
	done := memory.other[:(len(likely.rows)+blockRows-1)/blockRows]
	clear(done)
	for _, one := range q.likeliest() {
		done.set(int(one.row))
		memory.pending, memory.bases = append(memory.pending, likely.rows[one.row]), append(memory.bases, one.score)
	}
	memory.best = memory.best[:0]
	m.scorePending(q)
	for begin := 0; begin < len(likely.rows); begin += blockRows {
		at, may := memory.query.InReach(likely.bases[begin:], likely.reaches[begin:], q.exceeded())
		begin += at
		for may &^= done[begin/blockRows]; may != 0; may &= may - 1 {
			place := begin + bits.TrailingZeros64(may)
			memory.pending, memory.bases = append(memory.pending, likely.rows[place]), append(memory.bases, likely.bases[place])
		}
		m.scorePending(q)
	}
	return q.exceeded()
}

// take makes l those of some rows that may be in a search's answer, each once, and marks them as taken.
func (l *likelyRows) take(q *search, rows []int32, reaches []float32) {
	base, admit := q.memory.base, q.memory.admit
	l.reserve(len(rows))
	n := 0
	for _, row := range rows {
		if base[row] == taken || q.filtered && !admit.has(int(row)) {
			continue
		}
		l.rows[n], l.bases[n], l.reaches[n] = row, base[row], reaches[row]
		base[row] = taken
		n++
	}
	l.reserve(n)
}

// reserve makes room for n rows.
func (l *likelyRows) reserve(n int) {
	l.rows = slices.Grow(l.rows[:0], n)[:n]
	l.bases = slices.Grow(l.bases[:0], n)[:n]
	l.reaches = slices.Grow(l.reaches[:0], n)[:n]
}

// likeliest returns the places of as many likely rows as are wanted that have the greatest bases: they set a floor that few of
// the others reach. It uses the memory of the best.
func (q *search) likeliest() []candidate {
	for place, base := range q.memory.likely.bases {
		if best := q.memory.best; len(best) < q.take || base > best[0].score {
			q.consider(candidate{row: int32(place), score: base})
		}
	}
	return q.memory.best
}
