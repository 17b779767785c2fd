package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/daybreak-ml/daybreak/demo/load"
	"github.com/daybreak-ml/daybreak/events"
)

// visitorsOf gives the shoppers and items of some days, as those who ask.
func visitorsOf(ctx context.Context, store *events.Store, days []events.Day) (load.Visitors, error) {
	shoppers, items := map[string]bool{}, map[string]bool{}
	for _, day := range days {
		of, err := store.ReadDay(ctx, day)
		if err != nil {
			return load.Visitors{}, err
		}
		for _, event := range of {
			shoppers[event.UserID] = true
			items[event.ItemID] = true
		}
	}
	if len(shoppers) == 0 {
		return load.Visitors{}, fmt.Errorf("nobody bought anything from %s to %s: there is no one to ask for", days[0], days[len(days)-1])
	}
	return load.Visitors{Shoppers: slices.Sorted(maps.Keys(shoppers)), Items: slices.Sorted(maps.Keys(items))}, nil
}

// busiest gives the shopper with the most events of a day; of equals, the first by id.
func busiest(ctx context.Context, store *events.Store, day events.Day) (string, error) {
	of, err := store.ReadDay(ctx, day)
	if err != nil {
		return "", err
	}
	counts := map[string]int{}
	for _, event := range of {
		counts[event.UserID]++
	}
	most := ""
	for _, shopper := range slices.Sorted(maps.Keys(counts)) {
		if counts[shopper] > counts[most] {
			most = shopper
		}
	}
	return most, nil
}
