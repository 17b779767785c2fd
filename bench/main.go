package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/daybreak-ml/daybreak/command"
)

// program is the command: it has no others.
type program struct {
	Dataset     string   `required:"" help:"Folder with the shop's export, a CSV file a day; or simulated."`
	Mapping     string   `default:"events/mapping/online-retail.yaml" help:"How the export is read (YAML); of no matter for the simulated shop."`
	PeersPython string   `required:"" type:"existingfile" help:"Python with requirements/peers.txt installed."`
	Weeks       []string `help:"First days of the test weeks; if none is given, those that docs/benchmarks.md reports for Online Retail, or the last four."`
	K           int      `default:"20" help:"Length of the lists."`
	Threads     int      `default:"2" help:"Threads for Daybreak and for the peers."`
	Rounds      int      `default:"2" help:"How often each training is timed; the fastest counts."`
}

// Run measures and prints.
func (c *program) Run(ctx context.Context, out *command.Output) error {
	if c.K < 1 || c.K > 1000 {
		return command.Usagef("--k is %d; it must be from 1 to 1000", c.K)
	}
	if c.Threads < 1 {
		return command.Usagef("--threads is %d; it must be 1 or more", c.Threads)
	}
	if c.Rounds < 1 {
		return command.Usagef("--rounds is %d; it must be 1 or more", c.Rounds)
	}
	runtime.GOMAXPROCS(c.Threads)
	folder, err := os.MkdirTemp("", "daybreak-bench-")
	if err != nil {
		return fmt.Errorf("make a folder to work in: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is in the system's folder for what is temporary
	shop, err := openShop(ctx, folder, c.Dataset, c.Mapping)
	if err != nil {
		return err
	}
	starts, err := shop.weeks(c.Weeks)
	if err != nil {
		return err
	}
	peers := peerProgram{Python: c.PeersPython, Folder: folder, K: c.K, Threads: c.Threads, Rounds: c.Rounds}
	report := &report{Shop: shop.Name, K: c.K, Threads: c.Threads, Rounds: c.Rounds}
	for _, start := range starts {
		week, err := shop.week(start)
		if err != nil {
			return err
		}
		if err := report.add(ctx, week, peers); err != nil {
			return fmt.Errorf("week from %s: %w", start, err)
		}
	}
	if out.IsJSON() {
		return out.JSON(report)
	}
	out.Printf("%s\n", report.text())
	return nil
}

func main() {
	os.Exit(command.Run("bench", "Measures Daybreak beside named peers: accuracy and training time.", &program{}))
}
