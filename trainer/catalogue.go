package main

import (
	"context"
	"errors"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// catalogue returns what the newest snapshot up to a day's end knows of items,
// and which they are.
func catalogue(ctx context.Context, store *events.Store, day events.Day) (facts func(id string) learn.ItemFacts, listed []string, err error) {
	items, err := store.Items(ctx, day)
	if err != nil && !errors.Is(err, events.ErrNotIngested) {
		return nil, nil, err
	}
	known := make(map[string]learn.ItemFacts, len(items))
	for _, item := range items {
		known[item.ItemID] = learn.ItemFacts{
			Title: item.Title, Category: item.Category, Price: item.Price, InStock: item.InStock,
			FirstSeen: events.DayOf(item.FirstSeen, time.UTC), Known: true,
		}
		listed = append(listed, item.ItemID)
	}
	return func(id string) learn.ItemFacts { return known[id] }, listed, nil
}
