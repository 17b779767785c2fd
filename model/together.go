package model

import (
	"math"
	"math/bits"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// Together is how many requests share one pass over the catalogue at most.
const Together = vec.Together

// A Result is the answer to one of several requests, or why there is none.
type Result struct {
	Answer Answer
	Err    error

	text []byte // in which the answer's ids lie
}

// KeepIDs has the ids of the answer stay as they are when the result's memory is used again.
func (r *Result) KeepIDs() { r.text = nil }

// RecommendTogether answers requests that have nothing to do with each other, as Recommend answers each, to
// the last bit and with its errors. Where codes are scanned, up to Together of them share one pass.
func (m *Model) RecommendTogether(reqs []Request) []Result {
	results := make([]Result, len(reqs))
	m.RecommendInto(results, reqs)
	for i := range results {
		results[i].KeepIDs()
	}
	return results
}

// RecommendInto is RecommendTogether with results, one for each request, whose memory is used again: that of lists, and of ids
// unless they are to be kept.
func (m *Model) RecommendInto(results []Result, reqs []Request) {
	var group [Together]*search
	var places [Together]int
	waiting := 0
	for i, req := range reqs {
		q, err := m.begin(req)
		switch {
		case err != nil:
			results[i] = Result{Err: err}
			continue
		case !m.shares(q):
			results[i] = m.answer(q, results[i])
			m.end(q)
			continue
		}
		m.ready(q, m.codes(q))
		group[waiting], places[waiting] = q, i
		if !m.manyInReach(q) {
			m.finish(group[waiting:waiting+1], places[waiting:], results)
			continue
		}
		if waiting++; waiting == Together {
			m.finish(group[:], places[:], results)
			waiting = 0
		}
	}
	m.finish(group[:waiting], places[:], results)
}

// shares says whether a search can share its pass with others: one that scans codes and lets through a row of
// each block or more, on average, for others would stop the pass at nearly every block.
func (m *Model) shares(q *search) bool {
	if q.req.reranks() || m.codes(q) == nil {
		return false
	}
	return !q.filtered || q.memory.admit.count() >= m.Items()/blockRows
}

// manyInReach says whether a search that is ready will scan the codes of more than half of the catalogue, as far as some blocks tell.
// Others are done sooner alone: they pass blocks over.
func (m *Model) manyInReach(q *search) bool {
	const sampled = 16
	reaches, blocks := q.codes.Reaches, m.Items()/blockRows
	looked, many := 0, 0
	for block := 0; block < blocks; block += max(1, blocks/sampled) {
		begin, end := block*blockRows, (block+1)*blockRows
		_, may := q.memory.query.InReach(q.memory.base[begin:end], reaches[begin:end], q.floor)
		looked++
		if bits.OnesCount64(may) > fewInReach {
			many++
		}
	}
	return 2*many > looked
}

// finish answers searches that are ready in one pass, and ends them. places says where the answer of each belongs.
func (m *Model) finish(group []*search, places []int, results []Result) {
	switch len(group) {
	case 0:
	case 1:
		m.scanCodes(group[0])
	default:
		m.scanCodesTogether(group)
	}
	for n, q := range group {
		results[places[n]] = m.listed(q, q.memory.best, results[places[n]])
		m.end(q)
	}
}

// scanCodesTogether is scanCodes for two searches or more, at most Together. The places of those that are
// missing are taken by the last, with a floor that no row exceeds.
func (m *Model) scanCodesTogether(searches []*search) {
	items := m.Items()
	var queries [Together]*vec.CodedQuery
	var codes [Together]*vec.ScaledCodes
	var floors [Together]float32
	for n := range queries {
		q := searches[min(n, len(searches)-1)]
		queries[n], codes[n], floors[n] = &q.memory.query, q.codes, float32(math.Inf(1))
		if n < len(searches) {
			floors[n] = q.floor
		}
	}
	group := &searches[0].memory.group
	group.Begin(&queries, &codes)
	for begin := 0; begin < items; begin += blockRows {
		var bases [Together][]float32
		for n := range queries {
			bases[n] = searches[min(n, len(searches)-1)].memory.base[begin:]
		}
		var may [Together]uint64
		begin, may = group.Above(begin, &bases, &floors)
		for n, q := range searches {
			floors[n] = max(floors[n], m.note(q, begin, may[n]))
		}
	}
	for _, q := range searches {
		m.scorePending(q)
		q.memory.best.sort()
	}
}
