package learn

import (
	"fmt"
	"math"
	"os"

	"github.com/goccy/go-yaml"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// Settings are what a shop may choose of training; train.yaml holds those that
// differ from DefaultSettings.
type Settings struct {
	Seed                   uint64              `yaml:"seed"`
	Rank                   int                 `yaml:"rank"`
	Epochs                 int                 `yaml:"epochs"`
	SpectralStart          bool                `yaml:"spectral_start"` // whether factors begin along the matrix's strongest directions, rather than by chance
	InitialScale           float64             `yaml:"initial_scale"`  // of the item factors before the first epoch, for either start
	Factorisation          Factorisation       `yaml:"factorisation"`
	Neighbours             int                 `yaml:"neighbours"`
	NeighbourRidge         float64             `yaml:"neighbour_ridge"`
	CoOccurrences          int                 `yaml:"co_occurrences"` // most that are kept in memory, at eight bytes each; an item's share has the largest cosines
	HistoryHalfLifeDays    float64             `yaml:"history_half_life_days"`
	PopularityHalfLifeDays float64             `yaml:"popularity_half_life_days"`
	TrendHalfLifeDays      float64             `yaml:"trend_half_life_days"`
	SessionHalfLife        float64             `yaml:"session_half_life"` // events of a request's history without a time, after which one counts half; 0 for never
	Saturation             float64             `yaml:"saturation"`
	EventWeights           map[string]float64  `yaml:"event_weights"`
	RatingThreshold        float64             `yaml:"rating_threshold"`
	ValidationDays         int                 `yaml:"validation_days"`
	ValidationWindows      int                 `yaml:"validation_windows"`
	HistoryEventWeights    map[string]float64  `yaml:"history_event_weights"`
	Blend                  *model.BlendWeights `yaml:"blend"`          // nil: chosen on the validation windows
	TrendExponent          float64             `yaml:"trend_exponent"` // chosen with the blend, where that is chosen
	Candidates             Candidates          `yaml:"candidates"`
	Screen                 Screen              `yaml:"screen"`
	Prior                  Prior               `yaml:"prior"`
}

// MostNeighbours bounds the neighbours of an item.
const MostNeighbours = 4096

// Candidates are the values of a setting that are tried on the validation
// windows, beside its own; none for a setting that is to stay.
type Candidates struct {
	HistoryHalfLifeDays    []float64 `yaml:"history_half_life_days"`
	PopularityHalfLifeDays []float64 `yaml:"popularity_half_life_days"`
	NeighbourRidge         []float64 `yaml:"neighbour_ridge"`
}

// Factorisation is model.Factorisation as train.yaml names it.
type Factorisation struct {
	Confidence             float64 `yaml:"confidence"`
	UnobservedWeight       float64 `yaml:"unobserved_weight"`
	Regularisation         float64 `yaml:"regularisation"`
	RegularisationExponent float64 `yaml:"regularisation_exponent"`
}

// DefaultSettings are what a search found for Online Retail on the days before
// 2011-09-05; the start and the epochs were chosen on seven other weeks.
// docs/benchmarks.md has the commands.
func DefaultSettings() Settings {
	return Settings{
		Seed:                   1,
		Rank:                   32,
		Epochs:                 3,
		SpectralStart:          true,
		InitialScale:           2,
		Factorisation:          Factorisation{Confidence: 1, UnobservedWeight: 0.1, Regularisation: 0.003, RegularisationExponent: 1},
		Neighbours:             50,
		NeighbourRidge:         10,
		CoOccurrences:          100_000_000,
		HistoryHalfLifeDays:    120,
		PopularityHalfLifeDays: 14,
		TrendHalfLifeDays:      240,
		SessionHalfLife:        10,
		Saturation:             16,
		EventWeights:           map[string]float64{"purchase": 1, "rating": 1, "cart": 0.3, "click": 0.1, "view": 0.1},
		HistoryEventWeights:    map[string]float64{"purchase": 1, "rating": 1, "cart": 0.7, "click": 0.5, "view": 0.5},
		RatingThreshold:        3,
		ValidationDays:         7,
		ValidationWindows:      3,
		TrendExponent:          0.5,
		Candidates:             Candidates{HistoryHalfLifeDays: []float64{120, 240}, PopularityHalfLifeDays: []float64{3, 7, 14}},
		Prior:                  Prior{Shoppers: 1, Days: 60, Alike: 10, ItemItem: 0.3, Popularity: 0.5},
	}
}

// defaultBlend is where the search for a blend begins, and what is used where
// there is no window to choose one on.
func defaultBlend() model.BlendWeights {
	return model.BlendWeights{Past: 1.5, PastOffset: 0.1, PastExponent: 0.5, ItemItem: 1, Factors: 0.6, Popularity: 0.1}
}

// ReadSettings reads train.yaml over DefaultSettings; an empty path gives these.
// Keys that no setting has are errors.
func ReadSettings(path string) (Settings, error) {
	settings := DefaultSettings()
	if path == "" {
		return settings, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Settings{}, fmt.Errorf("read training settings: %w", err)
	}
	if err := decode(data, &settings); err != nil {
		return Settings{}, fmt.Errorf("training settings %s: %s", path, yaml.FormatError(err, false, true))
	}
	if err := settings.Validate(); err != nil {
		return Settings{}, fmt.Errorf("training settings %s: %w", path, err)
	}
	return settings, nil
}

// decode reads YAML over what settings hold; a file of comments alone changes
// nothing, where the decoder would clear them.
func decode(data []byte, settings *Settings) error {
	var content any
	if err := yaml.Unmarshal(data, &content); err != nil {
		return err
	}
	if content == nil {
		return nil
	}
	settings.Candidates = settings.Candidates.without(content)
	return yaml.UnmarshalWithOptions(data, settings, yaml.Strict())
}

// without leaves out the candidates for settings that a file names: what a shop
// has decided isn't chosen again.
func (c Candidates) without(content any) Candidates {
	named, _ := content.(map[string]any) // anything else is refused by the decoder
	for name, values := range map[string]*[]float64{
		"history_half_life_days":    &c.HistoryHalfLifeDays,
		"popularity_half_life_days": &c.PopularityHalfLifeDays,
		"neighbour_ridge":           &c.NeighbourRidge,
	} {
		if _, ok := named[name]; ok {
			*values = nil
		}
	}
	return c
}

// Validate names the first setting that can't be right.
func (s Settings) Validate() error {
	type limits struct {
		name        string
		value       float64
		least, most float64
	}
	all := []limits{
		{"rank", float64(s.Rank), 1, 4096},
		{"epochs", float64(s.Epochs), 0, 10_000},
		{"initial_scale", s.InitialScale, 1e-6, 100},
		{"neighbours", float64(s.Neighbours), 1, MostNeighbours},
		{"neighbour_ridge", s.NeighbourRidge, 1e-6, 1e9},
		{"co_occurrences", float64(s.CoOccurrences), 1, 1e12},
		{"history_half_life_days", s.HistoryHalfLifeDays, 1e-3, 1e6},
		{"popularity_half_life_days", s.PopularityHalfLifeDays, 1e-3, 1e6},
		{"trend_half_life_days", s.TrendHalfLifeDays, 1e-3, 1e6},
		{"trend_exponent", s.TrendExponent, 0, 4},
		{"session_half_life", s.SessionHalfLife, 0, 1e6},
		{"saturation", s.Saturation, 1e-6, 1e6},
		{"validation_windows", float64(s.ValidationWindows), 1, 52},
		{"validation_days", float64(s.ValidationDays), 1, 366},
		{"factorisation.confidence", s.Factorisation.Confidence, 1e-6, 1e9},
		{"factorisation.unobserved_weight", s.Factorisation.UnobservedWeight, 1e-9, 1e9},
		{"factorisation.regularisation", s.Factorisation.Regularisation, 1e-9, 1e9},
		{"factorisation.regularisation_exponent", s.Factorisation.RegularisationExponent, 0, 4},
		{"screen.most_per_shopper", float64(s.Screen.MostPerShopper), 0, 1e12},
		{"screen.least_shoppers", float64(s.Screen.LeastShoppers), 0, 1e9},
		{"screen.least_items", float64(s.Screen.LeastItems), 0, 1e9},
		{"prior.shoppers", float64(s.Prior.Shoppers), 0, 1e9},
		{"prior.days", float64(s.Prior.Days), 0, 1e6},
		{"prior.alike", float64(s.Prior.Alike), 1, 1000},
		{"prior.item_item", s.Prior.ItemItem, 0, 100},
		{"prior.popularity", s.Prior.Popularity, 0, 1},
		{"rating_threshold", s.RatingThreshold, -math.MaxFloat64, math.MaxFloat64},
	}
	for _, value := range s.Candidates.HistoryHalfLifeDays {
		all = append(all, limits{"candidates.history_half_life_days", value, 1e-3, 1e6})
	}
	for _, value := range s.Candidates.PopularityHalfLifeDays {
		all = append(all, limits{"candidates.popularity_half_life_days", value, 1e-3, 1e6})
	}
	for _, value := range s.Candidates.NeighbourRidge {
		all = append(all, limits{"candidates.neighbour_ridge", value, 1e-6, 1e9})
	}
	for _, c := range all {
		if !(c.value >= c.least && c.value <= c.most) {
			return fmt.Errorf("%s is %v; it must be from %v to %v", c.name, c.value, c.least, c.most)
		}
	}
	return s.scoring(defaultBlend()).Validate()
}

// Interactions says which events count in training.
func (s Settings) Interactions() interactions.Options {
	return interactions.Options{Weights: s.EventWeights, RatingThreshold: s.RatingThreshold}
}

// scoring is what the model's config.json says of scoring.
func (s Settings) scoring(blend model.BlendWeights) model.Scoring {
	return model.Scoring{
		HistoryHalfLifeDays:    s.HistoryHalfLifeDays,
		PopularityHalfLifeDays: s.PopularityHalfLifeDays,
		SessionHalfLife:        s.SessionHalfLife,
		EventWeights:           s.HistoryEventWeights,
		Saturation:             s.Saturation,
		Factorisation:          model.Factorisation(s.Factorisation),
		Blend:                  blend,
	}
}

// Hyperparameters are the settings that scoring doesn't need, by name.
func (s Settings) hyperparameters() map[string]float64 {
	values := map[string]float64{
		"epochs":               float64(s.Epochs),
		"initial_scale":        s.InitialScale,
		"neighbours":           float64(s.Neighbours),
		"neighbour_ridge":      s.NeighbourRidge,
		"co_occurrences":       float64(s.CoOccurrences),
		"rating_threshold":     s.RatingThreshold,
		"validation_days":      float64(s.ValidationDays),
		"validation_windows":   float64(s.ValidationWindows),
		"trend_half_life_days": s.TrendHalfLifeDays,
		"trend_exponent":       s.TrendExponent,
		"prior.shoppers":       float64(s.Prior.Shoppers),
		"prior.days":           float64(s.Prior.Days),
		"prior.alike":          float64(s.Prior.Alike),
		"prior.item_item":      s.Prior.ItemItem,
		"prior.popularity":     s.Prior.Popularity,
	}
	if s.SpectralStart {
		values["spectral_start"] = 1
	}
	for kind, weight := range s.EventWeights {
		values["event_weight."+kind] = weight
	}
	return values
}
