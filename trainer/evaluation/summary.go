package evaluation

import (
	"encoding/json"
	"fmt"
)

// Mean is a setting's metrics averaged over shoppers.
type Mean struct {
	Users  int
	K      int
	Recall float64
	NDCG   float64
}

// MarshalJSON names the metrics with their k, as in "ndcg@20".
func (m Mean) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"users":                       m.Users,
		fmt.Sprintf("recall@%d", m.K): m.Recall,
		fmt.Sprintf("ndcg@%d", m.K):   m.NDCG,
	})
}

// Summary is a model's metrics in both settings.
type Summary struct {
	All Mean `json:"all"`
	New Mean `json:"new"`
	// Segments are the metrics of parts of All, by the segment's name; nil where
	// they were not measured.
	Segments map[string]Mean `json:"segments,omitempty"`
}

// Summarise averages over shoppers, in each setting over those it has.
func Summarise(shoppers []Shopper, k int) Summary {
	s := Summary{All: Mean{K: k}, New: Mean{K: k}}
	for _, shopper := range shoppers {
		s.All.add(shopper.All)
		if shopper.New != nil {
			s.New.add(*shopper.New)
		}
	}
	s.All.divide()
	s.New.divide()
	return s
}

// Average averages windows, each weighing the same whatever its shoppers.
func Average(windows []Summary) Summary {
	var mean Summary
	for _, w := range windows {
		mean.All.K, mean.New.K = w.All.K, w.New.K
		mean.All.Users += w.All.Users
		mean.New.Users += w.New.Users
		mean.All.Recall += w.All.Recall / float64(len(windows))
		mean.All.NDCG += w.All.NDCG / float64(len(windows))
		mean.New.Recall += w.New.Recall / float64(len(windows))
		mean.New.NDCG += w.New.NDCG / float64(len(windows))
	}
	return mean
}

func (m *Mean) add(s Score) {
	m.Users++
	m.Recall += s.Recall
	m.NDCG += s.NDCG
}

func (m *Mean) divide() {
	if m.Users > 0 {
		m.Recall /= float64(m.Users)
		m.NDCG /= float64(m.Users)
	}
}
