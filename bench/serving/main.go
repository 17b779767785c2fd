package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/daybreak-ml/daybreak/command"
)

// benchmark is the program's flags.
type benchmark struct {
	Predictor      string        `default:"bin/predictor" help:"The predictor's program." type:"path"`
	KServePython   string        `name:"kserve-python" help:"A Python that has kserve." default:".venv-kserve/bin/python" type:"path"`
	MLServerPython string        `name:"mlserver-python" help:"A Python that has mlserver." default:".venv-mlserver/bin/python" type:"path"`
	Scripts        string        `default:"bench/serving" help:"Where the peers' programs lie." type:"path"`
	Dataset        string        `default:"simulated" help:"Online Retail's export, to train a model of; or simulated, to train one of the simulated shop."`
	Programs       string        `default:"bin" help:"Where pipelines and trainer lie, which make that model." type:"path"`
	Work           string        `help:"Where the models are written; a folder that is removed again, unless one is named." type:"path"`
	Length         time.Duration `default:"8s" help:"How long each load lasts."`
	Users          int           `default:"1000000" help:"Shoppers of the large model."`
	Rate           float64       `default:"120" help:"Requests a second of a load that is the same for all servers."`
	GHZ            string        `name:"ghz" help:"The program ghz, to measure gRPC with, too." type:"path"`
	Proto          string        `default:"predictor/v2grpc/inference/inference.proto" help:"The protocol that ghz speaks." type:"path"`
	Floor          string        `help:"The program of ./bench/serving/floor, to be measured, too." type:"path"`
	Loop           string        `help:"The program of bench/serving/loop, to be measured, too." type:"path"`
	Rounds         int           `default:"3" help:"How often the servers take their turns."`
	Only           string        `help:"Measure one model alone: shop, 10k, 100k or 1m."`
	Server         []string      `help:"Measure the servers alone whose names begin so, or so."`
	Clock          time.Duration `hidden:"" help:"Do nothing but read the clock for so long, and say what came between."`
	ClockCore      int           `hidden:"" help:"The core on which that is done."`
}

// How many connections a load has: enough to keep a server busy, and enough for whoever comes meanwhile.
const (
	saturating = 8
	many       = 512
	crowding   = 4096
)

// watching is how long the machine is watched before a size is measured.
const watching = 3 * time.Second

// The cores that servers and load have to themselves.
const (
	loadCore   = 0
	serverCore = 1
)

// Run measures every server with every size.
func (b *benchmark) Run(_ context.Context, out *command.Output) error {
	if b.Clock > 0 {
		return out.JSON(readClock(b.ClockCore, b.Clock))
	}
	if b.Work == "" {
		work, err := os.MkdirTemp("", "daybreak-serving-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(work) }() // what stays lies in the system's temporary folder
		b.Work = work
	}
	if err := keepToLoadCore(); err != nil {
		return err
	}
	defer hurry("self")()
	var all []measured
	for _, choice := range b.choices() {
		if b.Only != "" && b.Only != choice.name {
			continue
		}
		catalogue, err := choice.make()
		if err != nil {
			return fmt.Errorf("make the model %s: %w", choice.name, err)
		}
		hiccups, err := watchCores(watching)
		if err != nil {
			return err
		}
		found, err := b.measureAll(catalogue)
		if err != nil {
			return err
		}
		found[0].Hiccups = hiccups
		all = append(all, found...)
		for _, one := range found {
			if err := json.NewEncoder(os.Stderr).Encode(one); err != nil {
				return err
			}
		}
	}
	if out.IsJSON() {
		return out.JSON(all)
	}
	out.Printf("%s", render(all))
	return nil
}

func main() {
	os.Exit(command.Run("serving", "Measures the predictor beside other model servers.", &benchmark{}))
}
