package model

import (
	"encoding/json"
	"fmt"
	"math"
)

// A GoldenCase is a request with the answer that the model must give. Scores may differ by
// Tolerance, because processors sum in different orders; items whose scores differ by no more than
// that may change places.
type GoldenCase struct {
	Request   Request `json:"request"`
	Answer    Answer  `json:"answer"`
	Tolerance float64 `json:"tolerance"`
}

// goldenFile is golden.json.
type goldenFile struct {
	TieRule string       `json:"tie_rule"`
	Cases   []GoldenCase `json:"cases"`
}

const tieRule = "by score, highest first, then by item id, lowest first"

func encodeGolden(cases []GoldenCase) ([]byte, error) {
	return encodeJSON(goldenFile{TieRule: tieRule, Cases: append([]GoldenCase{}, cases...)})
}

// decodeGolden reads golden.json and finds the rows of the items in its answers.
func decodeGolden(data []byte, itemIndex func(string) (int, bool)) ([]GoldenCase, error) {
	var file goldenFile
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	for n, c := range file.Cases {
		for place, scored := range c.Answer.Items {
			row, ok := itemIndex(scored.ID)
			if !ok {
				return nil, fmt.Errorf("case %d names item %q, which the model doesn't have", n, scored.ID)
			}
			c.Answer.Items[place].Item = row
		}
	}
	return file.Cases, nil
}

// VerifyGolden asks m every golden request and reports the first answer that isn't the one the
// trainer wrote down.
func VerifyGolden(m *Model) error {
	for n, c := range m.parameters.Golden {
		answer, err := m.Recommend(c.Request)
		if err != nil {
			return fmt.Errorf("golden request %d: %w", n, err)
		}
		if err := c.compare(answer); err != nil {
			return fmt.Errorf("golden request %d: %w", n, err)
		}
	}
	return nil
}

// compare reports how answer differs from the golden one by more than the tolerance.
func (c GoldenCase) compare(answer Answer) error {
	golden := c.Answer.Items
	if answer.Strategy != c.Answer.Strategy {
		return fmt.Errorf("strategy is %q; it must be %q", answer.Strategy, c.Answer.Strategy)
	}
	if len(answer.Items) != len(golden) {
		return fmt.Errorf("%d items were recommended; there must be %d", len(answer.Items), len(golden))
	}
	scores := make(map[string]float32, len(golden))
	for _, scored := range golden {
		scores[scored.ID] = scored.Score
	}
	for place, scored := range answer.Items {
		expected := golden[place]
		if !c.close(scored.Score, expected.Score) {
			return fmt.Errorf("place %d scores %v; it must score %v", place, scored.Score, expected.Score)
		}
		if scored.ID == expected.ID {
			continue
		}
		own, listed := scores[scored.ID]
		if !listed { // then it may only have changed places with those that score like the last
			own = golden[len(golden)-1].Score
		}
		if !c.close(own, expected.Score) {
			return fmt.Errorf("place %d is item %q; it must be %q", place, scored.ID, expected.ID)
		}
	}
	return nil
}

func (c GoldenCase) close(a, b float32) bool {
	return math.Abs(float64(a)-float64(b)) <= c.Tolerance
}
