package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source/csv"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// The week whose purchases are predicted from all that came before, and the
// half-life of that.
var validationWeek = events.NewDay(2011, 11, 7)

const (
	retailMapping  = "events/mapping/online-retail.yaml"
	retailHalfLife = 60
	weekDays       = 7
)

// retail makes a problem of Online Retail's export.
func retail(ctx context.Context, export, folder string) (p *problem, err error) {
	columns, err := mapping.Load(retailMapping)
	if err != nil {
		return nil, err
	}
	store, err := events.OpenStore(filepath.Join(folder, "events"))
	if err != nil {
		return nil, err
	}
	source, err := csv.Open(ctx, export, columns)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closed := source.Close(); err == nil {
			err = closed
		}
	}()
	days, err := source.Days(ctx)
	if err != nil {
		return nil, err
	}
	end := validationWeek.AddDays(weekDays)
	for _, day := range days {
		if day.Before(end) {
			if _, err := ingest.Day(ctx, store, source, columns, day, ingest.Options{}); err != nil {
				return nil, err
			}
		}
	}
	log, err := interactions.ReadStore(ctx, store, end, learn.DefaultSettings().Interactions())
	if err != nil {
		return nil, err
	}
	return weekOf(log, columns.Name)
}

// weekOf makes a problem of what was bought in the validation week by shoppers who
// were known before, of items that were.
func weekOf(log *interactions.Log, name string) (*problem, error) {
	split := log.SplitAt(validationWeek)
	if len(split.Before.Rows) == 0 || len(split.After) == 0 {
		return nil, fmt.Errorf("%s has nothing before or nothing in the week from %s", name, validationWeek)
	}
	p := &problem{Name: name, Users: len(split.Before.Users), Items: len(split.Before.Items)}
	p.train = split.Before.Matrix(validationWeek, retailHalfLife, interactions.All)
	p.Entries = len(p.train.Indices)
	bought := make(map[int32]map[int32]bool)
	for _, row := range split.After {
		user, item := split.Users[row.User], split.Items[row.Item]
		if user >= 0 && item >= 0 && row.Bought {
			if bought[user] == nil {
				bought[user] = map[int32]bool{}
			}
			bought[user][item] = true
		}
	}
	p.truth.Indptr = []int64{0}
	for user := range int32(p.Users) {
		if len(bought[user]) == 0 {
			continue
		}
		p.sample = append(p.sample, user)
		for item := range int32(p.Items) {
			if bought[user][item] {
				p.truth.Indices = append(p.truth.Indices, item)
				p.truth.Weights = append(p.truth.Weights, 1)
			}
		}
		p.truth.Indptr = append(p.truth.Indptr, int64(len(p.truth.Indices)))
	}
	return p, nil
}
