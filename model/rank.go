package model

import (
	"slices"
	"unsafe"
)

// Recommend answers one request. It is safe for concurrent use. Its errors are
// of type *RequestError, but for a history that can't be folded in.
func (m *Model) Recommend(req Request) (Answer, error) {
	q, err := m.begin(req)
	if err != nil {
		return Answer{}, err
	}
	defer m.end(q)
	return m.answer(q, Result{}).Answer, nil
}

// RecommendProfile answers a request for a shopper of whom the profile is all
// that is known; the request's user and history are not looked at. It folds the
// profile in, as Recommend does with a history.
func (m *Model) RecommendProfile(profile Profile, req Request) (Answer, error) {
	if err := req.Validate(); err != nil {
		return Answer{}, err
	}
	q, err := m.beginProfile(m.scorer.borrow(), req, profile, nil, profile.Items)
	if err != nil {
		return Answer{}, err
	}
	defer m.end(q)
	return m.answer(q, Result{}).Answer, nil
}

// answer finds what a search looks for, and lists it in the memory of a result.
func (m *Model) answer(q *search, memory Result) Result {
	if q.req.reranks() {
		return m.listed(q, m.reranked(q), memory)
	}
	m.find(q)
	return m.listed(q, q.memory.best, memory)
}

// listed returns chosen candidates as an answer, which lies in the memory of a result where that suffices. Nothing in it lies in
// the model's.
func (m *Model) listed(q *search, chosen []candidate, memory Result) Result {
	items, text := memory.Answer.Items, memory.text[:0]
	if cap(items) < len(chosen) || items == nil {
		items = make([]Scored, len(chosen))
	}
	if cap(text) == 0 { // one piece of memory for all ids
		size := 0
		for _, c := range chosen {
			size += len(m.items.ids.view(int(c.row)))
		}
		text = make([]byte, 0, size)
	}
	answer := Answer{Strategy: q.strategy, Items: items[:len(chosen)]}
	for i, c := range chosen {
		begin := len(text)
		text = append(text, m.items.ids.view(int(c.row))...)
		id := text[begin:]
		answer.Items[i] = Scored{Item: int(c.row), ID: unsafe.String(unsafe.SliceData(id), len(id)), Score: c.score}
	}
	if q.req.Explain {
		for i := range answer.Items {
			answer.Items[i].Because = m.because(q.profile, int32(answer.Items[i].Item))
		}
	}
	return Result{Answer: answer, text: text}
}

// bought returns the rows of what a shopper bought, ascending.
func (m *Model) bought(known Profile, history []Interaction) []int32 {
	rows := slices.Clone(known.Items)
	for _, interaction := range history {
		if row, ok := m.ItemIndex(interaction.Item); ok && interaction.Type == "purchase" {
			rows = append(rows, int32(row))
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}
