package learn

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/checkpoint"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Input is what a model is learned from.
type Input struct {
	Log   *interactions.Log // all of it lies before AsOf
	AsOf  events.Day
	Group holdout.Group
	Name  string                    // of the registered model
	Items func(id string) ItemFacts // what is known of an item beside its interactions
	// Listed are items that may be shown though nobody has had them, such as a
	// shop's catalogue; those that the log has may be among them.
	Listed []string

	// Where the model is learned; none of it shows in the model.
	Team        *ranks.Team        // nil: this process alone
	Checkpoints *checkpoint.Folder // nil: none

	// Validated is told, after each epoch of what is learned for the latest
	// validation window, the NDCG at K on it so far with the blend that the search
	// for one begins with; nil for nobody.
	Validated func(epoch int, ndcg float64)

	itemItem itemItemCache                                // nil: nothing is kept
	watch    func(epoch int, parameters model.Parameters) // told what is learned after each epoch; nil for nobody
}

// ItemFacts are what filters and people need of an item.
type ItemFacts struct {
	Title, Category string
	Price           float64
	InStock         bool
	FirstSeen       events.Day // when the catalogue first had it
	Known           bool       // a catalogue has the item; without, the other fields say nothing
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

// fit learns the tensors of a model that scores with the given choice.
func fit(ctx context.Context, in Input, settings Settings, choice blend.Choice, report func(ials.Epoch)) (model.Parameters, error) {
	withheld := in.withheld()
	shared := func(r interactions.Row) bool { return !withheld(r) }
	items := len(in.Log.Items)
	settings.TrendExponent = choice.TrendExponent
	scoring := settings.scoring(choice.Weights)

	observed := in.Log.Matrix(in.AsOf, settings.HistoryHalfLifeDays, shared)
	if len(observed.Indices) == 0 {
		return model.Parameters{}, fmt.Errorf("%w: all of them are the holdout group's last days; choose an earlier start or a smaller group", interactions.ErrEmpty)
	}
	source := in.Log.Source(in.AsOf, settings.HistoryHalfLifeDays, shared)
	itemItem, err := in.itemItem.learn(ctx, in.Team, observed, source, items, settings.ridgeOf(in.Log))
	if err != nil {
		return model.Parameters{}, fmt.Errorf("learn item-to-item weights: %w", err)
	}
	given := newPriors(in, settings.Prior, shared)
	itemItem = given.itemItem(itemItem, settings.Neighbours)
	past := in.Log.Matrix(in.AsOf, settings.HistoryHalfLifeDays, interactions.All)
	lift := choice.Lift(trend(in.Log, in.AsOf, settings, shared))
	itemItem = lifted(itemItem, lift)
	parameters := model.Parameters{
		Users:      in.Log.Users,
		ItemItem:   itemItem,
		Past:       past,
		Popularity: popularity(in.Log, in.AsOf, settings.PopularityHalfLifeDays, shared),
		Lift:       lift,
	}
	given.popularity(parameters.Popularity)
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
	var watch func(int, ials.Factors)
	if in.watch != nil {
		watch = func(epoch int, factors ials.Factors) { in.watch(epoch, with(parameters, factors)) }
	}
	factors, err := factorise(ctx, in, settings, shared, observed, past, given, report, watch)
	if err != nil {
		return model.Parameters{}, err
	}
	return with(parameters, factors), nil
}

// with returns the parameters with these factors.
func with(parameters model.Parameters, factors ials.Factors) model.Parameters {
	parameters.ItemFactors, parameters.UserFactors = factors.Items, factors.Users
	return parameters
}

// factorise learns factors from what was observed [users, items] of the shared rows,
// gives items what they are given, and folds in the shoppers' whole pasts. Without
// epochs there are none to learn: all are zero.
func factorise(ctx context.Context, in Input, settings Settings, shared func(interactions.Row) bool, observed, past model.CSR, given priors, report func(ials.Epoch), watch func(int, ials.Factors)) (ials.Factors, error) {
	users, items := len(in.Log.Users), len(in.Log.Items)
	if settings.Epochs == 0 {
		return ials.Factors{Users: make([]float32, users*settings.Rank), Items: make([]float32, items*settings.Rank)}, nil
	}
	objective := model.Factorisation(settings.Factorisation)
	learner := ials.Learner{
		Team: in.Team, Source: in.Log.Source(in.AsOf, settings.HistoryHalfLifeDays, shared), Checkpoints: in.Checkpoints, Report: report, Watch: watch,
	}
	factors, err := learner.Learn(ctx, observed, items, objective, ials.Settings{
		Rank: settings.Rank, Epochs: settings.Epochs, Seed: settings.Seed,
		InitialScale: settings.InitialScale, Spectral: settings.SpectralStart,
	})
	if err != nil {
		return ials.Factors{}, fmt.Errorf("factorise: %w", err)
	}
	given.factors(factors.Items, settings.Rank)
	learner.Source = in.Log.Source(in.AsOf, settings.HistoryHalfLifeDays, interactions.All)
	if factors, err = learner.Fold(ctx, past, objective, factors.Items, settings.Rank); err != nil {
		return ials.Factors{}, fmt.Errorf("fold shoppers in: %w", err)
	}
	return factors, nil
}
