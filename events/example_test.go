package events_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/daybreak-ml/daybreak/events"
)

// A day is written, held because something is wrong with it, and left out of what is learned from.
func Example() {
	ctx := context.Background()
	root, err := os.MkdirTemp("", "events-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(root) }()

	store, err := events.OpenStore(root)
	if err != nil {
		fmt.Println(err)
		return
	}
	day := events.NewDay(2011, time.June, 1)
	manifest, err := store.WriteDay(ctx, day, events.Batch{
		Source:   "my-shop",
		TimeZone: "Europe/London",
		Read:     2,
		Events: []events.Event{{
			EventID: "1", UserID: "17850", ItemID: "85123A", Type: events.Purchase,
			Quantity: 6, Price: 2.55, Value: 15.30, Time: time.Date(2011, time.June, 1, 7, 26, 0, 0, time.UTC),
		}},
		Quarantined: []events.Quarantined{{Reason: "no_customer", File: "2011-06-01.csv", Line: 3}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("read", manifest.Read, "kept", manifest.Kept, "quarantined", manifest.Quarantined)

	if err := store.Hold(day, events.Hold{Reasons: []string{"far fewer events than on other days"}, By: "check"}); err != nil {
		fmt.Println(err)
		return
	}
	learn, err := store.DaysBefore(day.AddDays(1))
	fmt.Println("learn from", learn, err)
	// Output:
	// read 2 kept 1 quarantined map[no_customer:1]
	// learn from [] <nil>
}

func ExampleDayOf() {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		fmt.Println(err)
		return
	}
	moment := time.Date(2011, time.June, 1, 23, 30, 0, 0, time.UTC) // half past midnight in London
	fmt.Println(events.DayOf(moment, london))
	// Output: 2011-06-02
}
