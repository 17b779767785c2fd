package model

import (
	"math"
	"slices"
	"sync"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// A scorer is what scoring derives from a model's parameters once.
type scorer struct {
	parameters *Parameters
	blend      blendTable
	gramian    func() []float32 // made when the first history is folded in
	scratch    sync.Pool        // *[]float32, [items]
}

// A blendTable is blend weights made ready for scoring one catalogue.
type blendTable struct {
	itemItem, factors, popularity float32
	past                          []float32 // [items]: past · (past_offset + popularity)^past_exponent
}

func newScorer(p *Parameters) *scorer {
	s := &scorer{parameters: p, blend: newBlendTable(p.Config.Scoring.Blend, p.Popularity)}
	s.gramian = sync.OnceValue(func() []float32 {
		return Gramian(p.ItemFactors, p.Config.Rank, float32(p.Config.Scoring.Factorisation.UnobservedWeight))
	})
	s.scratch.New = func() any {
		scores := make([]float32, len(p.Items))
		return &scores
	}
	return s
}

func newBlendTable(b BlendWeights, popularity []float32) blendTable {
	table := blendTable{
		itemItem:   float32(b.ItemItem),
		factors:    float32(b.Factors),
		popularity: float32(b.Popularity),
		past:       make([]float32, len(popularity)),
	}
	for i, p := range popularity {
		table.past[i] = float32(b.Past * math.Pow(b.PastOffset+float64(p), b.PastExponent))
	}
	return table
}

// score writes the score of every item to scores [items]. user is the shopper's
// factors [rank], or nil.
func (s *scorer) score(table blendTable, profile Profile, user, scores []float32) {
	p := s.parameters
	if user == nil || table.factors == 0 {
		for i, popularity := range p.Popularity {
			scores[i] = table.popularity * popularity
		}
	} else {
		rank := p.Config.Rank
		for i, popularity := range p.Popularity {
			scores[i] = table.popularity*popularity + table.factors*vec.Dot(user, p.ItemFactors[i*rank:(i+1)*rank])
		}
	}
	for n, item := range profile.Items {
		scores[item] += profile.Weights[n] * table.past[item]
		input := table.itemItem * s.saturated(profile.Weights[n])
		neighbours, weights := p.ItemItem.Row(int(item))
		for j, neighbour := range neighbours {
			scores[neighbour] += input * weights[j]
		}
	}
}

func (s *scorer) saturated(weight float32) float32 {
	return Saturate(weight, s.parameters.Config.Scoring.Saturation)
}

// Saturate turns the weight of an item in a profile into what its neighbours are
// scored with, and learned from: the tenth purchase says less than the first.
func Saturate(weight float32, saturation float64) float32 {
	return float32(math.Log1p(saturation * float64(weight)))
}

// fold returns the factors [rank] of a shopper with this profile.
func (s *scorer) fold(profile Profile) ([]float32, error) {
	p := s.parameters
	user := make([]float32, p.Config.Rank)
	err := NewFoldIn(p.Config.Scoring.Factorisation, p.ItemFactors, s.gramian(), p.Config.Rank).Solve(profile.Items, profile.Weights, user)
	return user, err
}

// ScoreProfile writes to scores [items] what every item scores for a shopper
// with this profile under the given blend weights rather than the model's own.
// It is how the trainer chooses the weights.
func (m *Model) ScoreProfile(profile Profile, blend BlendWeights, scores []float32) error {
	var user []float32
	if blend.Factors != 0 {
		var err error
		if user, err = m.scorer.fold(profile); err != nil {
			return err
		}
	}
	m.scorer.score(newBlendTable(blend, m.parameters.Popularity), profile, user, scores)
	return nil
}

// Recommend answers one request. It is safe for concurrent use. Its errors are
// of type *RequestError, but for a history that can't be folded in.
func (m *Model) Recommend(req Request) (Answer, error) {
	if err := req.Validate(); err != nil {
		return Answer{}, err
	}
	if req.SimilarTo != "" {
		return m.similar(req)
	}
	var known Profile
	row, found := m.UserIndex(req.User)
	if found {
		known = m.knownProfile(row)
	}
	profile := m.extended(known, req.History)
	var user []float32
	switch {
	case found && len(req.History) == 0:
		user = m.UserFactor(row)
	case len(profile.Items) > 0 && m.scorer.blend.factors != 0:
		var err error
		if user, err = m.scorer.fold(profile); err != nil {
			return Answer{}, err
		}
	}
	seen := known.Items
	if req.ExcludeSeen {
		seen = m.bought(known, req.History)
	}
	return m.rank(profile, user, seen, req)
}

// RecommendProfile answers a request for a shopper of whom the profile is all
// that is known; the request's user and history are not looked at. It folds the
// profile in, as Recommend does with a history.
func (m *Model) RecommendProfile(profile Profile, req Request) (Answer, error) {
	if err := req.Validate(); err != nil {
		return Answer{}, err
	}
	var user []float32
	if len(profile.Items) > 0 && m.scorer.blend.factors != 0 {
		var err error
		if user, err = m.scorer.fold(profile); err != nil {
			return Answer{}, err
		}
	}
	return m.rank(profile, user, profile.Items, req)
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

// rank scores all items for a shopper and answers with the best that the
// request's filters let through. seen are the rows, ascending, that
// exclude_seen takes out.
func (m *Model) rank(profile Profile, user []float32, seen []int32, req Request) (Answer, error) {
	s := m.scorer
	scores := s.scratch.Get().(*[]float32)
	defer s.scratch.Put(scores)
	s.score(s.blend, profile, user, *scores)
	if !req.ExcludeSeen {
		seen = nil
	}
	answer := Answer{Strategy: Blend, Items: m.best(*scores, req, m.excluded(req, seen))}
	if len(profile.Items) == 0 {
		answer.Strategy = Popularity
	}
	if req.Explain {
		for i := range answer.Items {
			answer.Items[i].Because = m.because(profile, int32(answer.Items[i].Item))
		}
	}
	return answer, nil
}

// similar answers with the items nearest to one item: its item-to-item weights
// and the cosine between factors, each weighed as in the blend.
func (m *Model) similar(req Request) (Answer, error) {
	s := m.scorer
	row, found := m.ItemIndex(req.SimilarTo)
	if !found {
		return Answer{}, &RequestError{Field: "similar_to", Message: "names item " + req.SimilarTo + ", which this model doesn't know"}
	}
	scores := s.scratch.Get().(*[]float32)
	defer s.scratch.Put(scores)
	own := m.ItemFactor(row)
	size := float32(math.Sqrt(float64(vec.Dot(own, own))))
	for i := range *scores {
		other := m.ItemFactor(i)
		(*scores)[i] = 0
		if norm := size * float32(math.Sqrt(float64(vec.Dot(other, other)))); norm > 0 {
			(*scores)[i] = s.blend.factors * vec.Dot(own, other) / norm
		}
	}
	neighbours, weights := s.parameters.ItemItem.Row(row)
	for j, neighbour := range neighbours {
		(*scores)[neighbour] += s.blend.itemItem * weights[j]
	}
	return Answer{Strategy: Similar, Items: m.best(*scores, req, m.excluded(req, []int32{int32(row)}))}, nil
}
