package model

import (
	"slices"
	"strings"
)

// Recommend answers one request. It is safe for concurrent use. Its errors are
// of type *RequestError, but for a history that can't be folded in.
func (m *Model) Recommend(req Request) (Answer, error) {
	q, err := m.begin(req)
	if err != nil {
		return Answer{}, err
	}
	defer m.end(q)
	return m.answer(q, nil), nil
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
	return m.answer(q, nil), nil
}

// answer finds what a search looks for, and lists it in the memory of into.
func (m *Model) answer(q *search, into []Scored) Answer {
	if q.req.reranks() {
		return m.listed(q, m.reranked(q), into)
	}
	m.find(q)
	return m.listed(q, q.memory.best, into)
}

// listed returns chosen candidates as an answer, whose list lies in the memory of into where that suffices. Nothing in it lies
// in the model's.
func (m *Model) listed(q *search, chosen []candidate, into []Scored) Answer {
	size := 0
	for _, c := range chosen {
		size += len(m.items.ids.view(int(c.row)))
	}
	var text strings.Builder // one piece of memory for all ids
	text.Grow(size)
	for _, c := range chosen {
		text.WriteString(m.items.ids.view(int(c.row)))
	}
	ids := text.String()
	if into == nil || cap(into) < len(chosen) {
		into = make([]Scored, len(chosen))
	}
	answer := Answer{Strategy: q.strategy, Items: into[:len(chosen)]}
	for i, c := range chosen {
		length := len(m.items.ids.view(int(c.row)))
		answer.Items[i] = Scored{Item: int(c.row), ID: ids[:length], Score: c.score}
		ids = ids[length:]
	}
	if q.req.Explain {
		for i := range answer.Items {
			answer.Items[i].Because = m.because(q.profile, int32(answer.Items[i].Item))
		}
	}
	return answer
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
