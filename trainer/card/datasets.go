package card

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/holdout"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// digestLength is what MLflow takes of a dataset's digest.
const digestLength = 32

// datasets are what the model learned from, what its blend was chosen on and what it is compared on.
func datasets(config model.Config, log *interactions.Log, asOf events.Day, source string) ([]mlflow.DatasetInput, error) {
	group := holdout.Group{Salt: config.HoldoutSalt, Share: config.HoldoutShare}
	validationDays := int(config.Hyperparameters["validation_days"])
	day := func(back int) string { return asOf.AddDays(-back).String() }
	last := day(1)
	where, err := json.Marshal(map[string]string{"uri": filepath.Join(source, "events")})
	if err != nil {
		return nil, err
	}
	var inputs []mlflow.DatasetInput
	add := func(context, name string, admit func(user string, day events.Day) bool) error {
		counts := profileOf(log, admit)
		if counts.Interactions == 0 {
			return nil
		}
		profile, err := json.Marshal(counts)
		sum := sha256.Sum256([]byte(config.Data.Digest + context))
		inputs = append(inputs, mlflow.DatasetInput{Context: context, Dataset: mlflow.Dataset{
			Name: name, Digest: hex.EncodeToString(sum[:])[:digestLength], SourceType: "local",
			Source: string(where), Schema: eventSchema, Profile: string(profile),
		}})
		return err
	}
	withheld := func(user string, d events.Day) bool {
		return group.Contains(user) && !d.Before(asOf.AddDays(-holdout.Days))
	}
	return inputs, errors.Join(
		add(mlflow.ContextTraining, "events "+config.Window.Start+" to "+last, func(user string, d events.Day) bool { return !withheld(user, d) }),
		add(mlflow.ContextValidation, "events "+day(validationDays)+" to "+last+", shoppers outside the holdout group", func(user string, d events.Day) bool {
			return !group.Contains(user) && !d.Before(asOf.AddDays(-validationDays))
		}),
		add(mlflow.ContextHoldout, "events "+day(holdout.Days)+" to "+last+", holdout group", withheld),
	)
}

// A profile counts what a dataset holds.
type profile struct {
	Interactions int `json:"interactions"`
	Purchases    int `json:"purchases"`
	Shoppers     int `json:"shoppers"`
	Items        int `json:"items"`
	Days         int `json:"days"`
}

// profileOf counts the interactions that are admitted.
func profileOf(log *interactions.Log, admit func(user string, day events.Day) bool) profile {
	users, items, days := map[int32]bool{}, map[int32]bool{}, map[events.Day]bool{}
	var counts profile
	for _, row := range log.Rows {
		if !admit(log.Users[row.User], row.Day) {
			continue
		}
		users[row.User], items[row.Item], days[row.Day] = true, true, true
		counts.Interactions++
		if row.Bought {
			counts.Purchases++
		}
	}
	counts.Shoppers, counts.Items, counts.Days = len(users), len(items), len(days)
	return counts
}

// eventSchema names the columns of an event that training reads, as MLflow shows them.
const eventSchema = `{"mlflow_colspec": [{"name": "user_id", "type": "string", "required": true}, ` +
	`{"name": "item_id", "type": "string", "required": true}, {"name": "type", "type": "string", "required": true}, ` +
	`{"name": "value", "type": "double", "required": false}, {"name": "quantity", "type": "double", "required": false}, ` +
	`{"name": "price", "type": "double", "required": false}, {"name": "time", "type": "datetime", "required": true}]}`
