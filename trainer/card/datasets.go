package card

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// A Dataset is some of the events and what they were used for.
type Dataset struct {
	Name    string         `json:"name"`
	Context string         `json:"context"` // training, validation or holdout
	Digest  string         `json:"digest"`  // the same for the same events, used in the same way
	Source  string         `json:"source"`  // where the events lie
	Columns []Column       `json:"columns"`
	Profile map[string]any `json:"profile"`
}

// A Column is one of the dataset's.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // as MLflow names it
}

// digestLength is what MLflow takes of a dataset's digest.
const digestLength = 32

// datasets are what the model learned from, what its blend was chosen on and what it is compared on.
func datasets(config model.Config, log *interactions.Log, asOf events.Day, source string) []Dataset {
	group := holdout.Group{Salt: config.HoldoutSalt, Share: config.HoldoutShare}
	validationDays := int(config.Hyperparameters["validation_days"])
	day := func(back int) string { return asOf.AddDays(-back).String() }
	last := day(1)
	var result []Dataset
	add := func(context, name string, admit func(user string, day events.Day) bool) {
		profile := profileOf(log, admit)
		if profile["interactions"] == 0 {
			return
		}
		sum := sha256.Sum256([]byte(config.Data.Digest + context))
		result = append(result, Dataset{
			Name: name, Context: context, Digest: hex.EncodeToString(sum[:])[:digestLength],
			Source: filepath.Join(source, "events"), Columns: eventColumns(), Profile: profile,
		})
	}
	withheld := func(user string, d events.Day) bool {
		return group.Contains(user) && !d.Before(asOf.AddDays(-holdout.Days))
	}
	add("training", "events "+config.Window.Start+" to "+last, func(user string, d events.Day) bool { return !withheld(user, d) })
	add("validation", "events "+day(validationDays)+" to "+last+", shoppers outside the holdout group", func(user string, d events.Day) bool {
		return !group.Contains(user) && !d.Before(asOf.AddDays(-validationDays))
	})
	add("holdout", "events "+day(holdout.Days)+" to "+last+", holdout group", withheld)
	return result
}

// profileOf counts the interactions that are admitted.
func profileOf(log *interactions.Log, admit func(user string, day events.Day) bool) map[string]any {
	users, items, days := map[int32]bool{}, map[int32]bool{}, map[events.Day]bool{}
	rows, purchases := 0, 0
	for _, row := range log.Rows {
		if !admit(log.Users[row.User], row.Day) {
			continue
		}
		users[row.User], items[row.Item], days[row.Day] = true, true, true
		rows++
		if row.Bought {
			purchases++
		}
	}
	return map[string]any{
		"interactions": rows, "purchases": purchases, "shoppers": len(users), "items": len(items), "days": len(days),
	}
}

// eventColumns are those of an event that training reads.
func eventColumns() []Column {
	return []Column{
		{"user_id", "string"}, {"item_id", "string"}, {"type", "string"}, {"value", "double"},
		{"quantity", "double"}, {"price", "double"}, {"time", "datetime"},
	}
}
