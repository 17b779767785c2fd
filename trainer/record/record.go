// Package record says of a training run what MLflow keeps: parameters, metrics
// with steps, tags.
package record

import (
	"fmt"
	"strconv"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// Of returns the record of a trained model; holdout may be nil.
func Of(trained learn.Trained, holdout *evaluation.Summary, seconds map[string]float64, now time.Time) model.Record {
	config := trained.Parameters.Config
	record := model.Record{Params: map[string]string{}, Tags: map[string]string{}}
	number := func(name string, value float64) { record.Params[name] = strconv.FormatFloat(value, 'g', -1, 64) }
	for name, value := range config.Hyperparameters {
		number(name, value)
	}
	scoring := config.Scoring
	number("rank", float64(config.Rank))
	number("seed", float64(config.Seed))
	number("history_half_life_days", scoring.HistoryHalfLifeDays)
	number("popularity_half_life_days", scoring.PopularityHalfLifeDays)
	number("saturation", scoring.Saturation)
	number("confidence", scoring.Factorisation.Confidence)
	number("unobserved_weight", scoring.Factorisation.UnobservedWeight)
	number("regularisation", scoring.Factorisation.Regularisation)
	number("regularisation_exponent", scoring.Factorisation.RegularisationExponent)
	number("blend.past", scoring.Blend.Past)
	number("blend.past_offset", scoring.Blend.PastOffset)
	number("blend.past_exponent", scoring.Blend.PastExponent)
	number("blend.item_item", scoring.Blend.ItemItem)
	number("blend.factors", scoring.Blend.Factors)
	number("blend.popularity", scoring.Blend.Popularity)
	number("holdout_share", config.HoldoutShare)
	record.Params["as_of"] = config.AsOf
	record.Params["window"] = config.Window.Start + " to " + config.Window.End

	stamp := now.UnixMilli()
	metric := func(key string, value float64, step int) {
		record.Metrics = append(record.Metrics, model.Metric{Key: key, Value: value, Step: int64(step), Timestamp: stamp})
	}
	for _, epoch := range trained.Epochs {
		metric("train/loss", epoch.Loss, epoch.Number)
	}
	for name, summary := range map[string]*evaluation.Summary{"validation": trained.Validation, "holdout": holdout} {
		if summary == nil {
			continue
		}
		for setting, mean := range map[string]evaluation.Mean{"all": summary.All, "new": summary.New} {
			metric(fmt.Sprintf("%s/%s_users", name, setting), float64(mean.Users), 0)
			metric(fmt.Sprintf("%s/%s_recall_at_%d", name, setting, mean.K), mean.Recall, 0)
			metric(fmt.Sprintf("%s/%s_ndcg_at_%d", name, setting, mean.K), mean.NDCG, 0)
		}
	}
	metric("data/events", float64(config.Counts.Events), 0)
	metric("data/users", float64(config.Counts.Users), 0)
	metric("data/items", float64(config.Counts.Items), 0)
	for stage, value := range seconds {
		metric("seconds/"+stage, value, 0)
	}
	record.Tags["daybreak.as_of"] = config.AsOf
	record.Tags["daybreak.data_digest"] = config.Data.Digest
	return record
}
