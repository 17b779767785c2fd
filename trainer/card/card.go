package card

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

const (
	// K is the length of the lists that a card describes.
	K = 20
	// recentDays is how many days before the as-of a shopper is active and an item is selling.
	recentDays = 28
	// mostShoppers is the most lists that are made.
	mostShoppers = 2000
)

// A Card describes a model by the lists that it gives to active shoppers: those
// who did something in the 28 days before the as-of, or a sample of them.
type Card struct {
	AsOf     string `json:"as_of"`
	K        int    `json:"k"`
	Days     int    `json:"days"`     // that "recent" means
	Shoppers int    `json:"shoppers"` // whose lists were made
	// Metrics are those that training ended with, by name.
	Metrics  map[string]float64 `json:"metrics"`
	Coverage Coverage           `json:"coverage"`
	// Scores are the distributions of the scores at a few places of the lists.
	Scores []Scores `json:"scores"`
	// Bands compare what is recommended with what is bought, from the best
	// selling items to those that nobody bought.
	Bands    []Band                `json:"bands"`
	Tables   []Table               `json:"tables"`
	Datasets []mlflow.DatasetInput `json:"datasets"`
}

// Coverage says how much of the shop its recommendations show.
type Coverage struct {
	Items       int     `json:"items"`       // that the model knows
	Recommended int     `json:"recommended"` // of them, in anybody's list
	Bought      int     `json:"bought"`      // of them, recently
	Repeats     float64 `json:"repeats"`     // share of the places that hold what the shopper had before
	Novelty     float64 `json:"novelty"`     // mean over the places of the bits by which an item's recent sale surprises
}

// Of makes the card of a model from the log of what it learned from.
func Of(ctx context.Context, m *model.Model, log *interactions.Log, source string) (Card, error) {
	asOf, err := events.ParseDay(m.Config().AsOf)
	if err != nil {
		return Card{}, err
	}
	sold := soldSince(m, log, asOf.AddDays(-recentDays))
	lists, err := listsOf(ctx, m, sold.active)
	if err != nil {
		return Card{}, fmt.Errorf("recommend to active shoppers: %w", err)
	}
	recommended := make([]int, m.Items())
	for _, list := range lists {
		for _, item := range list.items {
			recommended[item.Item]++
		}
	}
	datasets, err := datasets(m.Config(), log, asOf, source)
	if err != nil {
		return Card{}, fmt.Errorf("describe the datasets: %w", err)
	}
	metrics := map[string]float64{}
	for _, metric := range m.Training().Metrics { // the last of a name is the newest
		metrics[metric.Key] = metric.Value
	}
	return Card{
		AsOf:     asOf.String(),
		Metrics:  metrics,
		K:        K,
		Days:     recentDays,
		Shoppers: len(lists),
		Coverage: coverage(m, lists, recommended, sold),
		Scores:   scores(lists),
		Bands:    bands(recommended, sold.purchases),
		Tables:   []Table{segments(m.Training()), samples(m, lists, sold), favourites(m, recommended, sold, len(lists))},
		Datasets: datasets,
	}, nil
}
