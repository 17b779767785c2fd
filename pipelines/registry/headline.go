package registry

import "github.com/daybreak-ml/daybreak/mlflow"

// Quality is a model's figures for a table.
type Quality struct {
	Recall float64 `json:"recall@20"`
	NDCG   float64 `json:"ndcg@20"`
}

// Learned is what a model has learned from.
type Learned struct {
	Events int `json:"events"`
	Users  int `json:"users"`
	Items  int `json:"items"`
}

// Headline takes a model's quality on all items from its own record: on the holdout group, or where
// there is none, on the validation window.
func Headline(record mlflow.Record) Quality {
	for _, part := range []string{"holdout", "validation"} {
		recall, found := metric(record, part+"/all_recall_at_20")
		ndcg, _ := metric(record, part+"/all_ndcg_at_20")
		if found {
			return Quality{Recall: recall, NDCG: ndcg}
		}
	}
	return Quality{}
}

// LearnedFrom takes from a model's own record how much it has learned from.
func LearnedFrom(record mlflow.Record) Learned {
	count := func(key string) int {
		value, _ := metric(record, key)
		return int(value)
	}
	return Learned{Events: count("data/events"), Users: count("data/users"), Items: count("data/items")}
}

// metrics are the quality's under names that MLflow takes, the same in every run.
func (q Quality) metrics() []mlflow.Metric {
	return []mlflow.Metric{{Key: "recall_at_20", Value: q.Recall}, {Key: "ndcg_at_20", Value: q.NDCG}}
}

func metric(record mlflow.Record, key string) (float64, bool) {
	for _, m := range record.Metrics {
		if m.Key == key {
			return m.Value, true
		}
	}
	return 0, false
}
