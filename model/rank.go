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
	return m.answer(q), nil
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
	return m.answer(q), nil
}

// RecommendBatch answers several requests, each as Recommend does, to the last bit. Where factors have
// to be scanned rather than codes, four at a time share one pass over them. The first that is malformed makes it fail with Recommend's error.
func (m *Model) RecommendBatch(reqs []Request) ([]Answer, error) {
	answers := make([]Answer, len(reqs))
	for i, result := range m.RecommendEach(reqs) {
		if result.Err != nil {
			return nil, result.Err
		}
		answers[i] = result.Answer
	}
	return answers, nil
}

// A Result is the answer to one of several requests, or why there is none.
type Result struct {
	Answer Answer
	Err    error
}

// RecommendEach is RecommendBatch for requests that have nothing to do with each other: each fails
// by itself.
func (m *Model) RecommendEach(reqs []Request) []Result {
	results := make([]Result, len(reqs))
	var group [4]*search
	var places [4]int
	waiting := 0
	for i, req := range reqs {
		q, err := m.begin(req)
		if err != nil {
			results[i].Err = err
			continue
		}
		if q.user == nil || q.req.reranks() || m.codes(q) != nil {
			results[i].Answer = m.answer(q)
			m.end(q)
			continue
		}
		group[waiting], places[waiting] = q, i
		if waiting++; waiting == len(group) {
			m.scan(group[:]...)
			for n, q := range group {
				results[places[n]].Answer = m.listed(q, q.memory.best)
				m.end(q)
			}
			waiting = 0
		}
	}
	for n, q := range group[:waiting] {
		results[places[n]].Answer = m.answer(q)
		m.end(q)
	}
	return results
}

// answer finds what a search looks for.
func (m *Model) answer(q *search) Answer {
	if q.req.reranks() {
		return m.listed(q, m.reranked(q))
	}
	m.find(q)
	return m.listed(q, q.memory.best)
}

// listed returns chosen candidates as an answer. Nothing in it lies in the model's memory.
func (m *Model) listed(q *search, chosen []candidate) Answer {
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
	answer := Answer{Strategy: q.strategy, Items: make([]Scored, len(chosen))}
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
