package model

import (
	"cmp"
	"slices"
	"sort"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// An Explanation says how the score of one recommended item came about.
type Explanation struct {
	Item    int     // row of the item in the model
	ID      string  // of the item
	Score   float32 // as in the answer
	Signals Signals // what the score is the sum of
	Because []Contribution
}

// Signals is what each signal of the blend added to a score. For items similar to one, ItemItem and
// Factors are all there is.
type Signals struct {
	Past       float32 `json:"past"`
	ItemItem   float32 `json:"item_item"`
	Factors    float32 `json:"factors"`
	Popularity float32 `json:"popularity"`
}

// A Contribution is what one of the shopper's own items added to a score, over all signals. The
// factors' part is split as Hu, Koren and Volinsky do (Collaborative Filtering for Implicit Feedback
// Datasets, 2008, section 5): a folded-in shopper's factors are linear in the items they bought.
type Contribution struct {
	ID     string  `json:"item_id"`
	Weight float32 `json:"weight"`
}

const (
	// mostContributions is how many of a shopper's own items an Explanation names.
	mostContributions = 10
	// mostReasons is how many of them explain one recommendation in short.
	mostReasons = 3
)

// Explain answers a request as Recommend does and says of each item, in the answer's order, how its
// score came about; at most ten contributions, largest first, and only those that speak for the item.
// It is safe for concurrent use and returns the errors of Recommend.
func (m *Model) Explain(req Request) ([]Explanation, error) {
	req.Explain = false // the short form of what follows
	q, err := m.begin(req)
	if err != nil {
		return nil, err
	}
	defer m.end(q)
	answer := m.answer(q, Result{}).Answer
	split, err := m.splitFactors(q)
	if err != nil {
		return nil, err
	}
	defer split.end()
	explanations := make([]Explanation, len(answer.Items))
	for i, scored := range answer.Items {
		row := int32(scored.Item)
		explanations[i] = Explanation{Item: scored.Item, ID: scored.ID, Score: scored.Score, Signals: m.signals(q, row)}
		if q.strategy == Similar {
			explanations[i].Because = []Contribution{{ID: m.ItemID(q.item), Weight: scored.Score}}
			continue
		}
		explanations[i].Because = m.contributions(m.parts(q.profile, row, split.of(row)), mostContributions)
	}
	return explanations, nil
}

// signals returns what each signal added to the score of a row.
func (m *Model) signals(q *search, row int32) Signals {
	s := m.scorer
	var all Signals
	if q.user != nil {
		all.Factors = q.weight * q.scale[row] * vec.Dot(q.user, m.ItemFactor(int(row)))
	}
	if q.strategy == Similar {
		all.ItemItem = q.memory.base[row]
		return all
	}
	all.Popularity = s.blend.popularity * s.parameters.Popularity[row]
	for n, own := range q.profile.Items {
		past, itemItem := m.part(own, q.profile.Weights[n], row)
		all.Past += past
		all.ItemItem += itemItem
	}
	return all
}

// part returns what an item of the shopper's own, with its weight in the profile, adds to the score
// of a row by the own past and by the item-to-item weights.
func (m *Model) part(own int32, weight float32, row int32) (past, itemItem float32) {
	s := m.scorer
	if own == row {
		past = weight * s.pasts()[row]
	}
	neighbours, weights := s.parameters.ItemItem.Row(int(own))
	if j := sort.Search(len(neighbours), func(j int) bool { return neighbours[j] >= row }); j < len(neighbours) && neighbours[j] == row {
		itemItem = s.blend.itemItem * s.saturated(weight) * weights[j]
	}
	return past, itemItem
}

// A split says how the factors' part of scores comes from the items of a shopper's profile.
type split struct {
	model  *Model
	search *search
	fold   *FoldIn // whose system is the shopper's; nil if there is no such part
}

// splitFactors returns how the factors' part of a search's scores splits. The caller ends it.
func (m *Model) splitFactors(q *search) (split, error) {
	s := split{model: m, search: q}
	if q.user == nil || q.strategy != Blend {
		return s, nil
	}
	s.fold = m.scorer.folds.Get().(*FoldIn)
	if err := s.fold.factor(q.profile.Items, q.profile.Weights); err != nil {
		s.end()
		return s, err
	}
	return s, nil
}

// of returns what each item of the profile, in their order, adds to the factors' part of a row's score, or
// nil if there is none.
func (s split) of(row int32) []float32 {
	if s.fold == nil {
		return nil
	}
	q, p := s.search, s.model.scorer.parameters
	direction := slices.Clone(s.model.ItemFactor(int(row)))
	s.fold.system.Solve(direction)
	scale := q.weight * p.Lift[row] * float32(p.Config.Scoring.Factorisation.Confidence)
	parts := make([]float32, len(q.profile.Items))
	for n, own := range q.profile.Items {
		parts[n] = scale * q.profile.Weights[n] * vec.Dot(direction, s.model.ItemFactor(int(own)))
	}
	return parts
}

// end gives the split's memory back.
func (s split) end() {
	if s.fold != nil {
		s.model.scorer.folds.Put(s.fold)
	}
}

// parts returns what each item of a profile adds to the score of a row, where it adds anything.
// factors is the factors' part of each, or nil to leave it out.
func (m *Model) parts(profile Profile, row int32, factors []float32) []candidate {
	var parts []candidate
	for n, own := range profile.Items {
		past, itemItem := m.part(own, profile.Weights[n], row)
		sum := past + itemItem
		if factors != nil {
			sum += factors[n]
		}
		if sum > 0 {
			parts = append(parts, candidate{own, sum})
		}
	}
	slices.SortFunc(parts, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
	return parts
}

func (m *Model) contributions(parts []candidate, most int) []Contribution {
	parts = parts[:min(len(parts), most)]
	named := make([]Contribution, len(parts))
	for i, part := range parts {
		named[i] = Contribution{ID: m.ItemID(int(part.row)), Weight: part.score}
	}
	return named
}

// because returns the ids of the shopper's own items that speak most for the item of a row, strongest
// first: by their part of the own past and of the item-to-item sum. The factors' part, which takes
// solving a system to split, is left to Explain.
func (m *Model) because(profile Profile, row int32) []string {
	named := m.contributions(m.parts(profile, row, nil), mostReasons)
	ids := make([]string, len(named))
	for i, contribution := range named {
		ids[i] = contribution.ID
	}
	return ids
}
