// Package record says of a training run what MLflow keeps: parameters, metrics
// with steps, tags.
package record

import (
	"maps"
	"slices"
	"strconv"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// Of returns the record of a trained model, with what the journal of its training
// has noted; holdout may be nil.
func Of(trained learn.Trained, holdout *evaluation.Summary, seconds map[string]float64, journal *Journal) model.Record {
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

	journal.summary("validation", trained.Validation)
	journal.summary("holdout", holdout)
	for _, stage := range slices.Sorted(maps.Keys(seconds)) {
		journal.note("seconds/"+stage, seconds[stage], 0)
	}
	record.Metrics = journal.metrics
	record.Tags["daybreak.as_of"] = config.AsOf
	record.Tags["daybreak.data_digest"] = config.Data.Digest
	return record
}
