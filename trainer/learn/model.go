package learn

import (
	"context"
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/checkpoint"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/neighbours"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Input is what a model is learned from.
type Input struct {
	Log   *interactions.Log // all of it lies before AsOf
	AsOf  events.Day
	Group holdout.Group
	Name  string                    // of the registered model
	Items func(id string) ItemFacts // what is known of an item beside its interactions

	// Where the model is learned; none of it shows in the model.
	Team        *ranks.Team        // nil: this process alone
	Checkpoints *checkpoint.Folder // nil: none
}

// ItemFacts are what filters and people need of an item.
type ItemFacts struct {
	Title, Category string
	Price           float64
	InStock         bool
}

// withheld says whether a row must not reach the item side of a model.
func (in Input) withheld() func(interactions.Row) bool {
	member := make([]bool, len(in.Log.Users))
	for u, id := range in.Log.Users {
		member[u] = in.Group.Contains(id)
	}
	from := in.AsOf.AddDays(-holdout.Days)
	return func(r interactions.Row) bool { return member[r.User] && !r.Day.Before(from) }
}

// fit learns the tensors of a model that scores with the given blend.
func fit(ctx context.Context, in Input, settings Settings, blend model.BlendWeights, report func(ials.Epoch)) (model.Parameters, error) {
	withheld := in.withheld()
	shared := func(r interactions.Row) bool { return !withheld(r) }
	items := len(in.Log.Items)
	scoring := settings.scoring(blend)

	observed := in.Log.Matrix(in.AsOf, settings.HistoryHalfLifeDays, shared)
	if len(observed.Indices) == 0 {
		return model.Parameters{}, fmt.Errorf("%w: all of them are the holdout group's last days; choose an earlier start or a smaller group", interactions.ErrEmpty)
	}
	learner := ials.Learner{Team: in.Team, Checkpoints: in.Checkpoints, Report: report}
	factors, err := learner.Learn(ctx, observed, items, scoring.Factorisation, ials.Settings{
		Rank: settings.Rank, Epochs: settings.Epochs, Seed: settings.Seed, InitialScale: settings.InitialScale,
	})
	if err != nil {
		return model.Parameters{}, fmt.Errorf("factorise: %w", err)
	}
	itemItem, err := neighbours.Learn(ctx, saturated(observed, settings.Saturation), items,
		neighbours.Settings{Size: settings.Neighbours, Ridge: settings.NeighbourRidge})
	if err != nil {
		return model.Parameters{}, fmt.Errorf("learn item-to-item weights: %w", err)
	}
	past := in.Log.Matrix(in.AsOf, settings.HistoryHalfLifeDays, interactions.All)
	if factors, err = learner.Fold(ctx, past, scoring.Factorisation, factors.Items, settings.Rank); err != nil {
		return model.Parameters{}, fmt.Errorf("fold shoppers in: %w", err)
	}
	parameters := model.Parameters{
		Users:       in.Log.Users,
		ItemFactors: factors.Items,
		UserFactors: factors.Users,
		ItemItem:    itemItem,
		Past:        past,
		Popularity:  popularity(in.Log, in.AsOf, settings.PopularityHalfLifeDays, shared),
	}
	for _, id := range in.Log.Items {
		facts := in.Items(id)
		parameters.Items = append(parameters.Items, model.ItemInfo{
			ID: id, Title: facts.Title, Category: facts.Category, Price: facts.Price, InStock: facts.InStock,
		})
	}
	parameters.Config = model.Config{
		FormatVersion:   model.FormatVersion,
		ModelName:       in.Name,
		AsOf:            in.AsOf.String(),
		TimeZone:        in.Log.TimeZone,
		Rank:            settings.Rank,
		Seed:            settings.Seed,
		Window:          model.Window{Start: in.Log.First().String(), End: in.AsOf.AddDays(-1).String()},
		Hyperparameters: settings.hyperparameters(),
		Scoring:         scoring,
		HoldoutSalt:     in.Group.Salt,
		HoldoutShare:    in.Group.Share,
		Data:            model.Data{Days: in.Log.Days},
		Counts:          model.Counts{Events: in.Log.Events, Users: len(in.Log.Users), Items: items},
	}
	return parameters, nil
}

// saturated returns the inputs of the item-to-item regressions, made as scoring
// makes them from a profile.
func saturated(weights model.CSR, saturation float64) model.CSR {
	inputs := slices.Clone(weights.Weights)
	for i, w := range inputs {
		inputs[i] = model.Saturate(w, saturation)
	}
	return model.CSR{Indptr: weights.Indptr, Indices: weights.Indices, Weights: inputs}
}

// popularity returns each item's decayed weight over all shoppers, the most
// popular item's being 1.
func popularity(log *interactions.Log, asOf events.Day, halfLifeDays float64, admit func(interactions.Row) bool) []float32 {
	sums := make([]float64, len(log.Items))
	for _, row := range log.Rows {
		if admit(row) {
			sums[row.Item] += float64(row.Weight) * float64(interactions.Decay(asOf.Sub(row.Day)-1, halfLifeDays))
		}
	}
	most := slices.Max(sums)
	popularity := make([]float32, len(sums))
	if most > 0 {
		for i, sum := range sums {
			popularity[i] = float32(sum / most)
		}
	}
	return popularity
}
