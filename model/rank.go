package model

import (
	"cmp"
	"slices"
	"sort"
)

// excluded returns the rows that must not be in the answer, ascending: rows and
// what the request names.
func (m *Model) excluded(req Request, rows []int32) []int32 {
	if len(req.Exclude) == 0 {
		return rows
	}
	all := slices.Clone(rows)
	for _, id := range req.Exclude {
		if row, ok := m.ItemIndex(id); ok {
			all = append(all, int32(row))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// best returns the k best of scores [items] that the request's filters admit, in
// order; equal scores are ordered by item id, which is by row. excluded ascends.
func (m *Model) best(scores []float32, req Request, excluded []int32) []Scored {
	k := min(req.K, len(scores))
	heap := make(worstFirst, 0, k)
	next := 0
	for i, score := range scores {
		row := int32(i)
		for next < len(excluded) && excluded[next] < row {
			next++
		}
		if next < len(excluded) && excluded[next] == row {
			continue
		}
		if len(heap) == k && (k == 0 || score <= heap[0].score) { // a later row loses a tie
			continue
		}
		if !m.admits(req, i) {
			continue
		}
		if len(heap) < k {
			heap.push(candidate{row, score})
		} else {
			heap.replace(candidate{row, score})
		}
	}
	slices.SortFunc(heap, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
	items := make([]Scored, len(heap))
	for i, c := range heap {
		items[i] = Scored{Item: int(c.row), ID: m.ItemID(int(c.row)), Score: c.score}
	}
	return items
}

// admits says whether the request's categories and stock let an item through.
func (m *Model) admits(req Request, row int) bool {
	item := &m.parameters.Items[row]
	if req.InStock && !item.InStock {
		return false
	}
	return len(req.Categories) == 0 || slices.Contains(req.Categories, item.Category)
}

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

// mostReasons is how many of a shopper's own items explain one recommendation.
const mostReasons = 3

// because returns the ids of the shopper's own items that speak most for the
// item of a row, strongest first: by their part of the own past and of the
// item-to-item sum. The factors' part has no such split and is left out.
func (m *Model) because(profile Profile, row int32) []string {
	s := m.scorer
	var reasons []candidate
	for n, own := range profile.Items {
		var part float32
		if own == row {
			part += profile.Weights[n] * s.blend.past[row]
		}
		neighbours, weights := s.parameters.ItemItem.Row(int(own))
		if j := sort.Search(len(neighbours), func(j int) bool { return neighbours[j] >= row }); j < len(neighbours) && neighbours[j] == row {
			part += s.blend.itemItem * s.saturated(profile.Weights[n]) * weights[j]
		}
		if part > 0 {
			reasons = append(reasons, candidate{own, part})
		}
	}
	slices.SortFunc(reasons, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
	reasons = reasons[:min(len(reasons), mostReasons)]
	ids := make([]string, len(reasons))
	for i, reason := range reasons {
		ids[i] = m.ItemID(int(reason.row))
	}
	return ids
}
