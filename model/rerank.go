package model

import "github.com/daybreak-ml/daybreak/model/vec"

// reranks says whether the request wants more than the best scores.
func (r Request) reranks() bool { return r.Diversity > 0 || r.PerCategory > 0 }

// Diversity chooses from so many times k candidates, from leastPool at least and, unless k is more,
// from mostPool at most.
const (
	diversityPool = 5
	leastPool     = 100
	mostPool      = 1000
)

// reranked returns the answer's rows for a request with diversity or a cap per category, in the order
// they were chosen. The cap alone is exact: the best scores that it admits, whatever k is.
func (m *Model) reranked(q *search) []candidate {
	k := q.take
	q.take = min(max(k, min(max(leastPool, diversityPool*k), mostPool)), m.Items())
	for {
		m.find(q)
		pool := q.memory.best
		chosen := m.capped(q.req, pool, k)
		if len(chosen) == k || len(pool) < q.take || q.take == m.Items() {
			if q.req.Diversity > 0 {
				return m.diverse(q.req, pool, k)
			}
			return chosen
		}
		q.take = min(8*q.take, m.Items()) // the cap shut too many out
	}
}

// A tally counts what is listed of each category.
type tally struct {
	listed   map[int32]int
	category []int32
	cap      int // 0 for none
}

func (m *Model) newTally(req Request) tally {
	return tally{listed: map[int32]int{}, category: m.items.category, cap: req.PerCategory}
}

func (t tally) full(row int32) bool { return t.cap > 0 && t.listed[t.category[row]] >= t.cap }

func (t tally) add(row int32) { t.listed[t.category[row]]++ }

// capped returns the first k of pool whose category isn't full.
func (m *Model) capped(req Request, pool []candidate, k int) []candidate {
	count := m.newTally(req)
	chosen := make([]candidate, 0, min(k, len(pool)))
	for _, c := range pool {
		if len(chosen) == k {
			break
		}
		if !count.full(c.row) {
			count.add(c.row)
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// diverse picks k of pool by maximal marginal relevance (Carbonell and Goldstein, The Use of MMR,
// Diversity-Based Reranking, 1998): each time the candidate, of those whose category isn't full, for
// which
//
//	(1 − diversity) · score − diversity · the greatest cosine with what is chosen already
//
// is greatest, with scores from 0 for the pool's last to 1 for its first.
func (m *Model) diverse(req Request, pool []candidate, k int) []candidate {
	count := m.newTally(req)
	chosen := make([]candidate, 0, min(k, len(pool)))
	taken := make([]bool, len(pool))
	likeness := make([]float32, len(pool)) // the greatest cosine with what is chosen already
	for len(chosen) < k {
		best, most := -1, float32(0)
		for i, c := range pool {
			if taken[i] || count.full(c.row) {
				continue
			}
			if gain := float32(1-req.Diversity)*relevance(pool, i) - float32(req.Diversity)*likeness[i]; best < 0 || gain > most {
				best, most = i, gain
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		count.add(pool[best].row)
		m.liken(pool, pool[best].row, likeness, len(chosen) == 0)
		chosen = append(chosen, pool[best])
	}
	return chosen
}

// relevance is the score of the i-th of pool, which is in the order of scores, from 0 to 1.
func relevance(pool []candidate, i int) float32 {
	last := pool[len(pool)-1].score
	if spread := pool[0].score - last; spread > 0 {
		return (pool[i].score - last) / spread
	}
	return 1
}

// liken raises likeness to the cosine between each of pool and a row that was chosen, or sets it for
// the first one.
func (m *Model) liken(pool []candidate, row int32, likeness []float32, first bool) {
	inverse := m.scorer.inverse()
	factor := m.ItemFactor(int(row))
	for i, c := range pool {
		cosine := vec.Dot(factor, m.ItemFactor(int(c.row))) * inverse[row] * inverse[c.row]
		if first || cosine > likeness[i] {
			likeness[i] = cosine
		}
	}
}
