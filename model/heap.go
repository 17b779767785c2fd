package model

import (
	"cmp"
	"slices"
)

// A candidate is a row that may be in the answer.
type candidate struct {
	row   int32
	score float32
}

// worse says whether c has the lower score, or of equal scores the higher row.
func (c candidate) worse(other candidate) bool {
	return c.score < other.score || c.score == other.score && c.row > other.row
}

// worstFirst is a binary heap with the worst candidate on top. Up to fewSorted are in order, the worst first, which is a heap, too:
// moving a few of them on takes less time than finding the way down.
type worstFirst []candidate

const fewSorted = 24

func (h *worstFirst) push(c candidate) {
	*h = append(*h, c)
	all := *h
	i := len(all) - 1
	if len(all) <= fewSorted {
		for ; i > 0 && c.worse(all[i-1]); i-- {
			all[i] = all[i-1]
		}
		all[i] = c
		return
	}
	for i > 0 && all[i].worse(all[(i-1)/2]) {
		all[i], all[(i-1)/2] = all[(i-1)/2], all[i]
		i = (i - 1) / 2
	}
}

// replace puts c in the place of the worst.
func (h worstFirst) replace(c candidate) {
	i := 0
	if len(h) <= fewSorted {
		for ; i+1 < len(h) && h[i+1].worse(c); i++ {
			h[i] = h[i+1]
		}
		h[i] = c
		return
	}
	h[0] = c
	for {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].worse(h[worst]) {
				worst = child
			}
		}
		if worst == i {
			return
		}
		h[i], h[worst] = h[worst], h[i]
		i = worst
	}
}

// holds says whether a row is among the candidates.
func (h worstFirst) holds(row int32) bool {
	return slices.ContainsFunc(h, func(c candidate) bool { return c.row == row })
}

// sort orders the candidates as an answer lists them; it is a heap no longer.
func (h worstFirst) sort() {
	if len(h) <= fewSorted {
		slices.Reverse(h)
		return
	}
	slices.SortFunc(h, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
}
