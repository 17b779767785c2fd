package learn

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/blend"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
)

// K is the length of the lists that models are judged by.
const K = 20

// Trained is a model with how it came about.
type Trained struct {
	Parameters model.Parameters
	// Validation is how the model learned from what came before the validation
	// window did on it, with the blend that was chosen there; nil where there
	// was no such window.
	Validation *evaluation.Summary
	Epochs     []ials.Epoch // of the model itself
	Seconds    map[string]float64
}

// Progress is told which stage of training has come to which epoch.
type Progress func(stage string, epoch ials.Epoch)

// Train chooses settings and a blend on the last days of the input, unless the
// settings give a blend, and learns a model from all of it. The result is the
// same for the same input and settings on the same processor, on any number of
// cores.
func Train(ctx context.Context, in Input, settings Settings, progress Progress) (Trained, error) {
	if err := settings.Validate(); err != nil {
		return Trained{}, err
	}
	digest, err := Digest(in, settings)
	if err != nil {
		return Trained{}, err
	}
	if in, err = settings.Screen.apply(in); err != nil {
		return Trained{}, err
	}
	trained := Trained{Seconds: map[string]float64{}}
	begin := time.Now()
	var chosen tuned
	if settings.Blend != nil {
		chosen = tuned{settings: settings, choice: blend.Choice{Weights: *settings.Blend, TrendExponent: settings.TrendExponent}}
	} else if chosen, err = tune(ctx, in, settings, progress); err != nil {
		return Trained{}, fmt.Errorf("choose on the validation windows: %w", err)
	}
	trained.Validation = chosen.validation
	trained.Seconds["validate"] = time.Since(begin).Seconds()
	begin = time.Now()
	in = list(in, settings)
	parameters, err := fit(ctx, in, chosen.settings, chosen.choice, func(e ials.Epoch) {
		trained.Epochs = append(trained.Epochs, e)
		progress("learn", e)
	})
	if err != nil {
		return Trained{}, err
	}
	parameters.Config.Data.Digest = digest
	trained.Parameters = parameters
	trained.Seconds["learn"] = time.Since(begin).Seconds()
	return trained, nil
}

// list returns the input with the items listed lately that nobody has had, where a
// prior can say anything of them. Nothing is chosen on these.
func list(in Input, settings Settings) Input {
	if settings.Prior.Shoppers == 0 {
		return in
	}
	in.Log = in.Log.List(slices.DeleteFunc(slices.Clone(in.Listed), func(id string) bool {
		facts := in.Items(id)
		return in.AsOf.Sub(facts.FirstSeen) > settings.Prior.Days || settings.Screen.hides(id, facts)
	}))
	return in
}

// Digest returns the SHA-256, in hex, of everything that decides a model: data,
// catalogue and settings.
func Digest(in Input, settings Settings) (string, error) {
	type listed struct {
		ID string
		ItemFacts
	}
	var catalogue []listed
	for _, id := range slices.Sorted(slices.Values(in.Listed)) {
		catalogue = append(catalogue, listed{id, in.Items(id)})
	}
	inputs, err := json.Marshal(struct {
		Format    int
		Name      string
		AsOf      string
		Group     any
		Days      []model.DayDigest
		Events    int
		Catalogue []listed
		Settings
	}{model.FormatVersion, in.Name, in.AsOf.String(), in.Group, in.Log.Days, in.Log.Events, catalogue, settings})
	if err != nil {
		return "", fmt.Errorf("digest of the inputs: %w", err)
	}
	sum := sha256.Sum256(inputs)
	return hex.EncodeToString(sum[:]), nil
}
