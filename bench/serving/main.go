package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

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
	Only           string        `help:"Measure one model alone: shop, 10k, 100k or 1m."`
	Server         string        `help:"Measure the servers alone whose names begin so."`
	Clock          time.Duration `hidden:"" help:"Do nothing but read the clock for so long, and say what came between."`
	ClockCore      int           `hidden:"" help:"The core on which that is done."`
}

// How many connections a load has: enough to keep a server busy, and enough for whoever comes meanwhile.
const (
	saturating = 8
	many       = 512
	crowding   = 4096
)

// aloneWith is the model with which the peers aren't measured.
const aloneWith = "1m"

// watching is how long the machine is watched before a size is measured.
const watching = 3 * time.Second

// The cores that servers and load have to themselves.
const (
	loadCore   = 0
	serverCore = 1
)

// measured is what is found of one server with one model.
type measured struct {
	Model, Server string
	StartUp       float64    // seconds
	Resident      float64    // MB, after the load
	Private       float64    // MB of that, without the pages of files
	PerCPU        float64    // requests a second of the server's processor time, at saturation
	Rate          float64    // requests a second at half load
	Half          latency    // at half load
	Alike         latency    // at a rate that is the same for all servers
	Stolen        [2]float64 // share of each core's time at half load that the host gave to others
	Hiccups       []hiccup   // of the cores before, for the first server of a size
	Overload      []crowd
	Calls         *calls // over gRPC
}

// latency is how long requests take from when they are due, in milliseconds.
type latency struct {
	P50, P99    float64
	Undisturbed float64 // the 99th percentile of those in which the load wasn't held up itself
	Disturbed   float64 // share of the others
}

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
		for _, server := range b.servers() {
			if !strings.HasPrefix(server.Name, b.Server) || catalogue.Name == aloneWith && server.Name != daybreak {
				continue
			}
			found, err := b.measure(catalogue, server)
			if err != nil {
				return fmt.Errorf("measure %s with %s: %w", server.Name, catalogue.Name, err)
			}
			found.Hiccups, hiccups = hiccups, nil
			if err := json.NewEncoder(os.Stderr).Encode(found); err != nil {
				return err
			}
			all = append(all, found)
		}
	}
	if out.IsJSON() {
		return out.JSON(all)
	}
	out.Printf("%s", render(all))
	return nil
}

// measure starts a server, loads it and stops it.
func (b *benchmark) measure(c catalogue, server server) (found measured, err error) {
	process, err := server.start(serverCore, c.Folder)
	if err != nil {
		return measured{}, err
	}
	defer func() { err = errors.Join(err, process.stop()) }()
	l := load{port: process.port}
	for _, user := range c.Users {
		l.requests = append(l.requests, post(server.Path, []byte(server.body(user))))
	}
	found = measured{Model: c.Name, Server: server.Name, StartUp: process.StartUp.Seconds()}
	if _, err := l.closed(saturating, b.Length/4); err != nil { // to warm up
		return found, err
	}
	before, err := process.cpu()
	if err != nil {
		return found, err
	}
	saturated, err := l.closed(saturating, b.Length)
	if err != nil {
		return found, err
	}
	if saturated.Failed > 0 {
		return found, fmt.Errorf("%d requests of %d failed", saturated.Failed, saturated.Answered+saturated.Failed)
	}
	after, err := process.cpu()
	if err != nil {
		return found, err
	}
	found.PerCPU = float64(saturated.Answered) / (after - before)
	capacity := float64(saturated.Answered) / saturated.Seconds
	found.Rate = capacity / 2
	if found.Alike, err = b.latency(l, b.Rate); err != nil {
		return found, err
	}
	if found.Stolen, err = stolenWhile(func() error {
		found.Half, err = b.latency(l, found.Rate)
		return err
	}); err != nil {
		return found, err
	}
	if found.Resident, found.Private, err = process.memory(); err != nil {
		return found, err
	}
	if b.GHZ != "" && server.GRPC {
		if found.Calls, err = b.callAll(c, process); err != nil {
			return found, err
		}
	}
	if server.Name == daybreak {
		if found.Overload, err = b.overload(l, capacity); err != nil {
			return found, err
		}
	}
	return found, nil
}

// latency sends so many requests a second, whether answered or not.
func (b *benchmark) latency(l load, rate float64) (latency, error) {
	answered, err := l.open(many, rate, b.Length)
	if err != nil {
		return latency{}, err
	}
	all := answered.times(exchange.latency)
	alone := undisturbed(answered.Exchanges, answered.Stalls)
	return latency{
		P50: milliseconds(quantile(all, .5)), P99: milliseconds(quantile(all, .99)),
		Undisturbed: milliseconds(quantile(alone, .99)), Disturbed: 1 - float64(len(alone))/float64(max(1, answered.Answered)),
	}, nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

// render returns the table of what was found.
func render(all []measured) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"model", "server", "requests per CPU second", "÷ Daybreak's", "p50, ms", "p99, ms", "p99 while the load isn't held up, ms", "at, requests/s", "p50 at the same rate, ms", "p99, ms", "resident, MB", "without files, MB", "start, s"})
	ours := map[string]float64{}
	for _, m := range all {
		if m.Overload != nil {
			ours[m.Model] = m.PerCPU
		}
		t.AppendRow(table.Row{m.Model, m.Server, fmt.Sprintf("%.0f", m.PerCPU), fmt.Sprintf("1/%.1f", ours[m.Model]/m.PerCPU),
			fmt.Sprintf("%.2f", m.Half.P50), fmt.Sprintf("%.2f", m.Half.P99), fmt.Sprintf("%.2f of %.0f %%", m.Half.Undisturbed, 100*(1-m.Half.Disturbed)), fmt.Sprintf("%.0f", m.Rate),
			fmt.Sprintf("%.2f", m.Alike.P50), fmt.Sprintf("%.2f", m.Alike.P99), fmt.Sprintf("%.0f", m.Resident), fmt.Sprintf("%.0f", m.Private), fmt.Sprintf("%.2f", m.StartUp)})
	}
	return t.RenderMarkdown() + "\n" + renderCalls(all) + renderOverload(all) + renderHiccups(all)
}

// renderCalls returns the table of what was found over gRPC, if anything was.
func renderCalls(all []measured) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"model", "server", "calls per CPU second", "÷ Daybreak's", "as fast as ghz calls", "÷ Daybreak's", "p50, ms", "p99, ms", "at, calls/s"})
	ours := map[string]*calls{}
	for _, m := range all {
		if m.Calls == nil {
			continue
		}
		if m.Overload != nil {
			ours[m.Model] = m.Calls
		}
		best := ours[m.Model]
		t.AppendRow(table.Row{m.Model, m.Server, fmt.Sprintf("%.0f", m.Calls.Saturated), fmt.Sprintf("1/%.1f", best.Saturated/m.Calls.Saturated),
			fmt.Sprintf("%.0f", m.Calls.PerCPU), fmt.Sprintf("1/%.1f", best.PerCPU/m.Calls.PerCPU),
			fmt.Sprintf("%.2f", m.Calls.P50), fmt.Sprintf("%.2f", m.Calls.P99), fmt.Sprintf("%.0f", m.Calls.Rate)})
	}
	if t.Length() == 0 {
		return ""
	}
	return "\nOver gRPC\n\n" + t.RenderMarkdown() + "\n"
}

func main() {
	os.Exit(command.Run("serving", "Measures the predictor beside other model servers.", &benchmark{}))
}
