package honesty

import (
	"context"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/paired"
)

// A Fault is something that can be wrong with a model, and what comparing it with
// a sound one found; the sound one is the older of each pair.
type Fault struct {
	Name  string `json:"name"`
	Tally Tally  `json:"tally"`
}

// fault names a way to learn a worse model than one should, as of a day.
type fault struct {
	name  string
	learn func(ctx context.Context, asOf events.Day) (*model.Model, error)
}

func (t trial) faults() []fault {
	dead := t.Settings
	dead.Epochs = 0
	return []fault{
		{"dead factors", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.log, asOf, t.Group, dead)
		}},
		{"stale by 7 days", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.log, asOf.AddDays(-7), t.Group, t.Settings)
		}},
		{"stale by 28 days", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.log, asOf.AddDays(-28), t.Group, t.Settings)
		}},
		{"last day shuffled", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			spoiled := interactions.FromRows(shuffled(t.triples, asOf.AddDays(-1), t.Shop.Seed), 0)
			return t.learn(ctx, spoiled, asOf, t.Group, t.Settings)
		}},
	}
}

// MeasurePower compares faulty models with sound ones of the same night, on the
// last nights of the shop.
func MeasurePower(ctx context.Context, o Options) ([]Fault, error) {
	t := newTrial(o)
	var found []Fault
	for _, fault := range t.faults() {
		found = append(found, Fault{Name: fault.name})
	}
	for night := range o.Pairs {
		asOf := t.end.AddDays(-night)
		sound, err := t.learn(ctx, t.log, asOf, o.Group, o.Settings)
		if err != nil {
			return nil, err
		}
		days := paired.Days(t.log, asOf, o.Group)
		for i, fault := range t.faults() {
			faulty, err := fault.learn(ctx, asOf)
			if err != nil {
				return nil, err
			}
			r, err := compare(ctx, sound, faulty, days)
			if err != nil {
				return nil, err
			}
			found[i].Tally.add(r)
		}
	}
	for i := range found {
		found[i].Tally.finish()
	}
	return found, nil
}
