package model

import (
	"math"
	"math/bits"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// A search is one request on its way to its answer: what its score is made of, and which rows may be
// in the answer. What it scores for row i is
//
//	base[i] + weight · ⟨user, item factors of i⟩ · scale[i]
type search struct {
	req      Request
	strategy Strategy
	profile  Profile
	item     int       // the row that the answer is similar to, or -1
	user     []float32 // [rank]; nil if factors count for nothing
	weight   float32
	scale    []float32 // [items]
	memory   *scratch
	codes    *vec.ScaledCodes // to scan; set by ready
	filtered bool             // whether memory.admit holds the rows that may be in the answer; else all may
	floor    float32          // what every row of the answer exceeds, as far as ready knows
	take     int              // how many of the best are wanted
}

// fewest is how many times as many items as are wanted there must be for codes to be worth scanning:
// with fewer, too many rows are scored from their factors anyway.
const fewest = 16

// codes returns the codes to scan for a search, or nil to scan the factors themselves.
func (m *Model) codes(q *search) *vec.ScaledCodes {
	if q.user == nil || fewest*q.take > m.Items() {
		return nil
	}
	if q.item >= 0 {
		return m.scorer.normal()
	}
	return m.scorer.lifted()
}

// begin prepares the search for a request. The caller ends it. Errors: *RequestError, and of folding
// in.
func (m *Model) begin(req Request) (*search, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	if row, known := m.ItemIndex(req.SimilarTo); known {
		return m.beginSimilar(req, row), nil
	}
	memory := m.scorer.borrow()
	row, found := m.findShopper(req.User, memory)
	var known Profile
	if found {
		known = m.knownProfile(row, memory)
	}
	if found && len(req.History) == 0 {
		return m.beginProfile(memory, req, known, m.knownFactor(row, memory), known.Items)
	}
	seen := known.Items
	if req.ExcludeSeen {
		seen = m.bought(known, req.History)
	}
	return m.beginProfile(memory, req, m.extended(known, req.History), nil, seen)
}

// beginProfile prepares the search for a shopper with this profile. user is the shopper's factors, or
// nil to fold the profile in. seen are the rows that exclude_seen takes out. The search takes memory over.
func (m *Model) beginProfile(memory *scratch, req Request, profile Profile, user []float32, seen []int32) (*search, error) {
	s := m.scorer
	q := &memory.search
	*q = search{req: req, strategy: Blend, profile: profile, item: -1, memory: memory, weight: s.blend.factors, scale: s.parameters.Lift}
	if len(profile.Items) == 0 {
		q.strategy = Popularity
	}
	if !req.ExcludeSeen {
		seen = nil
	}
	m.filter(q, seen)
	q.memory.change(profile, s.parameters.ItemItem, s.itemItem())
	s.addProfile(s.blend, s.pasts(), profile, q.memory.base, q.memory)
	switch {
	case s.blend.factors == 0:
	case user != nil:
		q.user = user
	case len(profile.Items) > 0:
		q.user = q.memory.user
		if err := s.fold(profile, q.user); err != nil {
			m.end(q)
			return nil, err
		}
	}
	return q, nil
}

// beginSimilar prepares the search for items like the one of a row: its item-to-item weights and the
// cosine between factors, each weighed as in the blend.
func (m *Model) beginSimilar(req Request, row int) *search {
	s := m.scorer
	memory := s.borrow()
	q := &memory.search
	*q = search{req: req, strategy: Similar, item: row, memory: memory, user: m.ItemFactor(row), scale: s.inverse()}
	q.weight = s.blend.factors * q.scale[row]
	m.filter(q, []int32{int32(row)})
	clear(q.memory.base)
	q.memory.rewrote = true
	neighbours, weights := s.parameters.ItemItem.Row(row)
	for j, neighbour := range neighbours {
		q.memory.base[neighbour] = s.blend.itemItem * weights[j]
	}
	return q
}

// filter notes which rows may be in the answer.
func (m *Model) filter(q *search, seen []int32) {
	req := q.req
	q.take = min(req.K, m.Items())
	q.filtered = len(seen) > 0 || req.InStock || len(req.Categories) > 0 || len(req.Allow) > 0 || len(req.Exclude) > 0
	if q.filtered {
		m.admitted(req, seen, q.memory.admit, q.memory.other)
	}
}

// end gives a search's memory back, and with it the search.
func (m *Model) end(q *search) {
	memory := q.memory
	*q = search{} // what was asked for needn't be kept
	m.scorer.giveBack(memory)
}

// blockRows is how many items are scored before the best of them are looked at: as many as a word of
// a bitmap has bits.
const blockRows = 64

// togetherRows is how many rows are scored together from their factors: as many as lie anywhere and yet take no longer than one.
const togetherRows = 8

// pendingRows is how many rows are noted before they are scored: the factors of the first have been fetched by then.
const pendingRows = 2 * togetherRows

// find finds the best rows of a search.
func (m *Model) find(q *search) {
	q.memory.putBack()
	if codes := m.codes(q); codes != nil {
		m.ready(q, codes)
		m.scanCodes(q)
		return
	}
	m.scan(q)
}

// fewInReach is how many rows of a block are few enough for their factors to be looked at rather than the block's codes.
const fewInReach = 8

// stretchRows is how many rows' codes are scanned, at most, before the rows' lengths are looked at again.
const stretchRows = 8 * blockRows

// ready makes a search ready for scanCodes and scanCodesTogether.
func (m *Model) ready(q *search, codes *vec.ScaledCodes) {
	memory := q.memory
	q.codes = codes
	memory.reset()
	codes.Begin(&memory.query, q.user, q.weight)
	if memory.rewrote && len(q.profile.Items) < q.take {
		q.floor = m.floor(q)
		memory.reset()
		return
	}
	q.floor = m.takeLikely(q)
}

// scanCodes finds what scan finds, and scores it as scan does, but looks at the factors of those rows
// alone whose lengths, or else codes, say that they may be among the best.
func (m *Model) scanCodes(q *search) {
	floor := q.floor
	if q.memory.rewrote {
		m.scanRowsInReach(q, 0, m.Items(), floor)
	} else {
		scan := m.scanBlocks
		if q.filtered {
			scan = m.scanRowsInReach
		}
		most := m.scorer.most()
		for block := 0; block < len(most.bases); block += blockRows {
			at, may := q.memory.query.InReach(most.bases[block:], most.reaches[block:], floor)
			for block += at; may != 0; {
				first := bits.TrailingZeros64(may)
				end := first + bits.TrailingZeros64(^(may >> first)) // of blocks one after the other
				floor = scan(q, (block+first)*blockRows, min((block+end)*blockRows, m.Items()), floor)
				may &= ^uint64(0) << end
			}
		}
	}
	m.scorePending(q)
	q.memory.best.sort()
}

// scanBlocks scans the codes of whole blocks of rows, from begin up to end, with a floor. It returns one for those to come.
func (m *Model) scanBlocks(q *search, begin, end int, floor float32) float32 {
	for ; begin < end; begin += blockRows {
		at, may := q.memory.query.Above(q.codes, begin, q.memory.base[begin:end], floor)
		begin = at
		floor = max(floor, m.note(q, begin, may))
	}
	return floor
}

// scanRowsInReach is scanBlocks where most blocks have few rows that may be in the answer: it looks at the rows' lengths before
// their codes.
func (m *Model) scanRowsInReach(q *search, begin, end int, floor float32) float32 {
	memory, reaches := q.memory, q.codes.Reaches
	for ; begin < end; begin += blockRows {
		at, may := memory.query.InReach(memory.base[begin:end], reaches[begin:end], floor)
		begin += at
		if q.filtered {
			may &= memory.admit[begin/blockRows]
		}
		if bits.OnesCount64(may) > fewInReach {
			stretch := min(begin+stretchRows, end)
			if q.filtered {
				stretch = min(begin+blockRows, end)
			}
			begin, may = memory.query.Above(q.codes, begin, memory.base[begin:stretch], floor)
		}
		floor = max(floor, m.note(q, begin, may))
	}
	return floor
}

// note notes those rows of a block that may be in the answer, to be scored together. It returns a score that what comes
// later must exceed.
func (m *Model) note(q *search, begin int, may uint64) (floor float32) {
	memory := q.memory
	if q.filtered {
		may &= memory.admit[begin/blockRows]
	}
	known := len(memory.pending)
	for ; may != 0; may &= may - 1 {
		row := begin + bits.TrailingZeros64(may)
		if base := memory.base[row]; base != taken {
			memory.pending, memory.bases = append(memory.pending, int32(row)), append(memory.bases, base)
		}
	}
	if len(memory.pending) >= pendingRows {
		m.scorePending(q)
		return q.exceeded()
	}
	m.fetch(memory.pending[known:])
	return q.exceeded()
}

// exceeded returns a score that what isn't among the best yet must exceed: less than the worst of them, for a row that scores
// as much comes before a later one.
func (q *search) exceeded() float32 {
	if len(q.memory.best) < q.take {
		return float32(math.Inf(-1))
	}
	return math.Nextafter32(q.memory.best[0].score, float32(math.Inf(-1)))
}

// scorePending scores the rows that were noted, and takes the best of them. The factors of those that are next are fetched
// meanwhile.
func (m *Model) scorePending(q *search) {
	memory := q.memory
	rows, bases := memory.pending, memory.bases
	m.fetch(rows[:min(togetherRows, len(rows))])
	for len(rows) > 0 {
		n := min(togetherRows, len(rows))
		m.fetch(rows[n:min(n+togetherRows, len(rows))])
		scores, above := m.scored(q, rows[:n], bases[:n], q.exceeded())
		for ; above != 0; above &= above - 1 {
			i := bits.TrailingZeros64(above)
			q.consider(candidate{row: rows[i], score: scores[i]})
		}
		rows, bases = rows[n:], bases[n:]
	}
	memory.pending, memory.bases = memory.pending[:0], memory.bases[:0]
}

// fetch has the factors of some rows fetched into the nearest cache, for who scores them next.
func (m *Model) fetch(rows []int32) {
	vec.FetchAt(m.scorer.parameters.ItemFactors, m.scorer.parameters.Config.Rank, rows)
}

// scored returns the scores of some rows, at most blockRows, from their factors, with the same bits as a scan of all, and a bit
// for each that says whether it is above floor. The scores lie in the search's memory.
func (m *Model) scored(q *search, rows []int32, bases []float32, floor float32) (scores []float32, above uint64) {
	scores, scales := q.memory.dots[:len(rows)], q.memory.scales[:len(rows)]
	vec.DotsAt(q.user, m.scorer.parameters.ItemFactors, rows, scores)
	for i, row := range rows {
		scales[i] = q.scale[row]
	}
	return scores, vec.Above(q.weight, scales, bases, scores, floor)
}

// scan finds the best rows of a search in one pass over the catalogue.
func (m *Model) scan(q *search) {
	p := m.scorer.parameters
	items, rank := m.Items(), p.Config.Rank
	q.memory.best = q.memory.best[:0]
	for begin := 0; begin < items; begin += blockRows {
		end := min(begin+blockRows, items)
		admit := ^uint64(0)
		if q.filtered {
			if admit = q.memory.admit[begin/blockRows]; admit == 0 {
				continue
			}
		}
		scores := q.memory.dots[:end-begin]
		if q.user == nil {
			clear(scores)
		} else {
			vec.Dots(q.user, p.ItemFactors[begin*rank:end*rank], scores)
		}
		q.look(begin, scores, admit)
	}
	q.memory.best.sort()
}

// look takes those of a block of inner products whose scores are among the best so far.
func (q *search) look(begin int, dots []float32, admit uint64) {
	best := &q.memory.best
	floor := float32(math.Inf(-1))
	if len(*best) == q.take {
		floor = (*best)[0].score
	}
	end := begin + len(dots)
	above := vec.Above(q.weight, q.scale[begin:end], q.memory.base[begin:end], dots, floor) & admit
	for ; above != 0; above &= above - 1 {
		i := bits.TrailingZeros64(above)
		q.consider(candidate{row: int32(begin + i), score: dots[i]})
	}
}

// consider takes a row if it is among the best so far.
func (q *search) consider(found candidate) {
	best := &q.memory.best
	switch {
	case len(*best) < q.take:
		best.push(found)
	case (*best)[0].worse(found):
		best.replace(found)
	}
}
