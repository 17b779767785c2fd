package model

// An Explanation says how the score of one recommended item came about.
type Explanation struct {
	Item    int     // row of the item in the model
	ID      string  // of the item
	Score   float32 // as in the answer
	Signals Signals // what it is the sum of
	Because []Contribution
}

// Signals is what each signal of the blend added to a score.
type Signals struct {
	Past       float32 `json:"past"`
	ItemItem   float32 `json:"item_item"`
	Factors    float32 `json:"factors"`
	Popularity float32 `json:"popularity"`
}

// A Contribution is what one of the shopper's own items added to a score, over all signals.
type Contribution struct {
	ID     string  `json:"item_id"`
	Weight float32 `json:"weight"`
}

// mostContributions is how many of a shopper's own items an Explanation names.
const mostContributions = 10

// Explain answers a request as Recommend does and says of each item, in the answer's order, how its
// score came about; at most ten contributions, largest first. It is safe for concurrent use and
// returns the errors of Recommend.
func (m *Model) Explain(req Request) ([]Explanation, error) {
	answer, err := m.Recommend(req)
	if err != nil {
		return nil, err
	}
	explanations := make([]Explanation, len(answer.Items))
	for i, scored := range answer.Items {
		explanations[i] = Explanation{Item: scored.Item, ID: scored.ID, Score: scored.Score}
	}
	return explanations, nil
}

// RecommendBatch answers several requests, as Recommend answers each. The first that is malformed
// makes it fail with Recommend's error.
func (m *Model) RecommendBatch(reqs []Request) ([]Answer, error) {
	answers := make([]Answer, len(reqs))
	for i, req := range reqs {
		var err error
		if answers[i], err = m.Recommend(req); err != nil {
			return nil, err
		}
	}
	return answers, nil
}
