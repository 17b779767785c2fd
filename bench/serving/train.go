package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/simulate"
)

// simulatedDataset stands for the simulated shop where there is no export.
const simulatedDataset = "simulated"

// shop returns the model that the trainer makes of all days of the data set, which is trained unless it is
// there.
func (b *benchmark) shop() (catalogue, error) {
	name, mapping, export := "Online Retail", "events/mapping/online-retail.yaml", b.Dataset
	if b.Dataset == simulatedDataset {
		name, mapping, export = "simulated shop", "events/mapping/simulated.yaml", filepath.Join(b.Work, "export")
	}
	folder := filepath.Join(b.Work, strings.ReplaceAll(name, " ", "-"))
	if _, err := os.Stat(folder); err == nil {
		return trained(name, folder)
	}
	if b.Dataset == simulatedDataset {
		if err := simulate.Export(context.Background(), export, simulate.DefaultShop()); err != nil {
			return catalogue{}, err
		}
	}
	data := filepath.Join(b.Work, "data")
	if err := b.run("pipelines", "ingest", "--mapping", mapping, "--source", export, "--events", data); err != nil {
		return catalogue{}, err
	}
	last, err := lastDay(data)
	if err != nil {
		return catalogue{}, err
	}
	if err := b.run("trainer", "train", "--events", data, "--as-of", last.AddDays(1).String(), "--model-dir", folder); err != nil {
		return catalogue{}, err
	}
	return trained(name, folder)
}

// run runs one of the programs to its end.
func (b *benchmark) run(program string, arguments ...string) error {
	if said, err := exec.Command(filepath.Join(b.Programs, program), arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(arguments, " "), err, said)
	}
	return nil
}

// lastDay returns the last day that was ingested.
func lastDay(data string) (events.Day, error) {
	const before = "dt="
	found, err := filepath.Glob(filepath.Join(data, "events", before+"*"))
	if err != nil {
		return events.Day{}, err
	}
	if len(found) == 0 {
		return events.Day{}, fmt.Errorf("%s holds no day", data)
	}
	return events.ParseDay(strings.TrimPrefix(filepath.Base(slices.Max(found)), before))
}
