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

// The week whose purchases are predicted from all that came before, and the one
// before it, on which settings are chosen.
var (
	measuredWeek = events.NewDay(2011, 11, 7)
	tuningWeek   = events.NewDay(2011, 10, 31)
)

const (
	retailMapping  = "events/mapping/online-retail.yaml"
	retailHalfLife = 60
	weekDays       = 7
)

// retail makes problems of Online Retail's export: one to measure on, one to choose
// settings on.
func retail(ctx context.Context, export, folder string) (measured, tuning *problem, err error) {
	columns, err := mapping.Load(retailMapping)
	if err != nil {
		return nil, nil, err
	}
	store, err := events.OpenStore(filepath.Join(folder, "events"))
	if err != nil {
		return nil, nil, err
	}
	source, err := csv.Open(ctx, export, columns)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if closed := source.Close(); err == nil {
			err = closed
		}
	}()
	days, err := source.Days(ctx)
	if err != nil {
		return nil, nil, err
	}
	end := measuredWeek.AddDays(weekDays)
	for _, day := range days {
		if day.Before(end) {
			if _, err := ingest.Day(ctx, store, source, columns, day, ingest.Options{}); err != nil {
				return nil, nil, err
			}
		}
	}
	log, err := interactions.ReadStore(ctx, store, end, learn.DefaultSettings().Interactions())
	if err != nil {
		return nil, nil, err
	}
	if measured, err = weekOf(log, columns.Name, measuredWeek); err != nil {
		return nil, nil, err
	}
	tuning, err = weekOf(log, columns.Name, tuningWeek)
	return measured, tuning, err
}

// weekOf makes a problem of what was bought in a week by shoppers who were known
// before, of items that were.
func weekOf(log *interactions.Log, name string, week events.Day) (*problem, error) {
	split := log.SplitAt(week)
	if len(split.Before.Rows) == 0 || len(split.After) == 0 {
		return nil, fmt.Errorf("%s has nothing before or nothing in the week from %s", name, week)
	}
	p := &problem{Name: name, Users: len(split.Before.Users), Items: len(split.Before.Items)}
	p.train = split.Before.Matrix(week, retailHalfLife, interactions.All)
	p.Entries = len(p.train.Indices)
	bought := make(map[int32]map[int32]bool)
	for _, row := range split.After {
		if !row.Day.Before(week.AddDays(weekDays)) {
			break
		}
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
