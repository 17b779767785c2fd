package registry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

func TestAModelsQualityIsThatOfTheHoldoutGroupIfThereIsOne(t *testing.T) {
	validation := []mlflow.Metric{{Key: "validation/all_recall_at_20", Value: 0.3}, {Key: "validation/all_ndcg_at_20", Value: 0.2}}
	holdout := []mlflow.Metric{{Key: "holdout/all_recall_at_20", Value: 0.5}, {Key: "holdout/all_ndcg_at_20", Value: 0.4}}
	require.Equal(t, Quality{Recall: 0.5, NDCG: 0.4}, Headline(mlflow.Record{Metrics: append(validation, holdout...)}))
	require.Equal(t, Quality{Recall: 0.3, NDCG: 0.2}, Headline(mlflow.Record{Metrics: validation}))
	require.Zero(t, Headline(mlflow.Record{}))
}

func TestWhatAModelHasLearnedFromIsInItsRecord(t *testing.T) {
	record := mlflow.Record{Metrics: []mlflow.Metric{
		{Key: "data/events", Value: 1000}, {Key: "data/users", Value: 100}, {Key: "data/items", Value: 50},
	}}
	require.Equal(t, Learned{Events: 1000, Users: 100, Items: 50}, LearnedFrom(record))
}

func TestAReasonFitsIntoATag(t *testing.T) {
	require.Equal(t, "short × reason", clip("short × reason"))
	require.Len(t, []rune(clip(strings.Repeat("×", 2*tagLength))), tagLength)
}
