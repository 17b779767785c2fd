package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/daybreak-ml/daybreak/events"
)

// shop is a simulated shop whose items' popularity and shoppers' zeal follow
// power laws.
type shop struct {
	users, items, events int
}

const days = 28

// firstDay is the first of the shop's days.
func firstDay() events.Day { return events.NewDay(2024, 1, 1) }

// name tells shops apart.
func (s shop) name() string { return fmt.Sprintf("shop-%d-%d-%d", s.users, s.items, s.events) }

// write makes the shop's partitions below a folder, unless they are there.
func (s shop) write(ctx context.Context, dir string) error {
	store, err := events.OpenStore(dir)
	if err != nil {
		return err
	}
	if there, err := store.DaysBefore(firstDay().AddDays(days)); err != nil || len(there) == days {
		return err
	}
	source := rand.New(rand.NewPCG(1, 2))
	for d := range days {
		day := firstDay().AddDays(d)
		batch := events.Batch{TimeZone: "UTC", Read: s.events / days}
		for i := range batch.Read {
			batch.Events = append(batch.Events, events.Event{
				EventID: strconv.Itoa(d) + "-" + strconv.Itoa(i),
				UserID:  fmt.Sprintf("u%08d", skewed(source, s.users)), ItemID: fmt.Sprintf("i%07d", skewed(source, s.items)),
				Type: events.Purchase, Value: 1, Quantity: 1, Price: 1,
				Time: day.Start(time.UTC).Add(time.Duration(i) * time.Millisecond),
			})
		}
		if _, err := store.WriteDay(ctx, day, batch); err != nil {
			return err
		}
	}
	return nil
}

// skewed returns a number below n, the lower ones more often.
func skewed(source *rand.Rand, n int) int {
	return int(float64(n) * math.Pow(source.Float64(), 2))
}
