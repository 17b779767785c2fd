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
	All   Tally  `json:"all"`   // on all purchases
	New   Tally  `json:"new"`   // on what the shopper had not had before
	Found int    `json:"found"` // nights on which the sound model wins in either setting
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
		{"dead item-to-item weights", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			deaf := t.Settings
			weights := *t.Settings.Blend
			weights.ItemItem, deaf.Blend = 0, &weights
			return t.learn(ctx, t.log, asOf, t.Group, deaf)
		}},
		{"stale by 7 days", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.log, asOf.AddDays(-7), t.Group, t.Settings)
		}},
		{"stale by 28 days", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.log, asOf.AddDays(-28), t.Group, t.Settings)
		}},
		{"last day shuffled", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.spoiled(asOf, 1), asOf, t.Group, t.Settings)
		}},
		{"last 7 days shuffled", func(ctx context.Context, asOf events.Day) (*model.Model, error) {
			return t.learn(ctx, t.spoiled(asOf, 7), asOf, t.Group, t.Settings)
		}},
	}
}

// spoiled is the log with so many days before asOf shuffled among shoppers.
func (t trial) spoiled(asOf events.Day, days int) *interactions.Log {
	triples := t.triples
	for n := range days {
		triples = shuffled(triples, asOf.AddDays(-1-n), t.Group, t.Shop.Seed)
	}
	return interactions.FromRows(triples, 0)
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
			if err := found[i].add(ctx, sound, faulty, days); err != nil {
				return nil, err
			}
		}
	}
	for i := range found {
		found[i].All.finish()
		found[i].New.finish()
	}
	return found, nil
}

// add compares the models of a night.
func (f *Fault) add(ctx context.Context, sound, faulty *model.Model, days []paired.Day) error {
	rows, err := paired.Compare(ctx, sound, faulty, days)
	if err != nil {
		return err
	}
	all, err := resultOf(rows, allPurchases)
	if err != nil {
		return err
	}
	fresh, err := resultOf(rows, newPurchases)
	if err != nil {
		return err
	}
	f.All.add(all)
	f.New.add(fresh)
	if all.interval.High < 0 || fresh.interval.High < 0 {
		f.Found++
	}
	return nil
}
