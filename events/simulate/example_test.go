package simulate_test

import (
	"context"
	"fmt"
	"os"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/simulate"
)

// A small shop's export: a file a day, ready for events/mapping/simulated.yaml.
func ExampleExport() {
	dir, err := os.MkdirTemp("", "export-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	shop := simulate.Shop{Seed: 1, Users: 50, Items: 48, Days: 2, Start: events.NewDay(2025, 1, 6)}
	if err := simulate.Export(context.Background(), dir, shop); err != nil {
		fmt.Println(err)
		return
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, file := range files {
		fmt.Println(file.Name())
	}
	// Output:
	// 2025-01-06.csv.gz
	// 2025-01-07.csv.gz
}
