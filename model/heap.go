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

// worstFirst is a binary heap with the worst candidate on top: the lowest score,
// of equal scores the highest row.
type worstFirst []candidate

func (h worstFirst) worse(i, j int) bool {
	return h[i].score < h[j].score || h[i].score == h[j].score && h[i].row > h[j].row
}

func (h *worstFirst) push(c candidate) {
	*h = append(*h, c)
	i := len(*h) - 1
	for i > 0 && h.worse(i, (i-1)/2) {
		(*h)[i], (*h)[(i-1)/2] = (*h)[(i-1)/2], (*h)[i]
		i = (i - 1) / 2
	}
}

func (h worstFirst) replace(c candidate) {
	h[0] = c
	for i := 0; ; {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h.worse(child, worst) {
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
	slices.SortFunc(h, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
}
