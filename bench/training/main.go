package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/command"
)

// program is the command and its parts.
type program struct {
	Race    raceCommand    `cmd:"" default:"withargs" help:"Race against implicit to equal quality (the default)."`
	Scaling scalingCommand `cmd:"" help:"Draw what an epoch costs as events and factors grow."`
	Learn   learnCommand   `cmd:"" hidden:"" help:"Learn one problem; what the others start."`
}

type raceCommand struct {
	Data        string             `required:"" help:"Folder with Online Retail's export, or a simulated shop: small, medium or large."`
	PeersPython string             `required:"" type:"existingfile" help:"Python with requirements/peers.txt installed."`
	Ranks       []int              `default:"64,128,256" help:"Numbers of factors."`
	Epochs      int                `default:"12" help:"How many each learner does."`
	Repeats     int                `default:"3" help:"How often each is measured, in turns; of each epoch the least seconds count."`
	Threads     int                `default:"2" help:"Threads for each learner."`
	TuneRank    int                `help:"Factors with which settings are chosen; each number's own if none is given."`
	TuneOn      string             `help:"The smaller simulated shop on which they are chosen; the data itself if none is given."`
	TuneEpochs  int                `default:"8" help:"How many each learner does to choose them."`
	Daybreak    map[string]float64 `help:"Daybreak's settings, as a run before has chosen them: unobserved-weight=0.3;regularisation=0.001."`
	Implicit    map[string]float64 `help:"implicit's: alpha=3;regularisation=10."`
}

// outcome is what is printed as JSON.
type outcome struct {
	Problem *problem `json:"problem"`
	Races   []race   `json:"races"`
}

// Run measures and prints.
func (c *raceCommand) Run(ctx context.Context, out *command.Output) error {
	if c.Epochs < 1 || c.TuneEpochs < 1 || c.Threads < 1 || c.Repeats < 1 {
		return command.Usagef("--epochs, --tune-epochs, --threads and --repeats must be 1 or more")
	}
	runtime.GOMAXPROCS(c.Threads)
	folder, err := os.MkdirTemp("", "daybreak-bench-training-")
	if err != nil {
		return fmt.Errorf("make a folder to work in: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is in the system's folder for what is temporary
	measured, tuning, err := newWorkshops(ctx, c.Data, folder, c.Threads)
	if err != nil {
		return err
	}
	if c.TuneOn != "" {
		if _, tuning, err = newWorkshops(ctx, c.TuneOn, folder, c.Threads); err != nil {
			return err
		}
	}
	ours, err := daybreak()
	if err != nil {
		return err
	}
	theirs, err := implicit(c.PeersPython, folder)
	if err != nil {
		return err
	}
	result := outcome{Problem: measured.problem}
	given := map[string]point{ours.Name: c.Daybreak, theirs.Name: c.Implicit}
	chosen := maps.Clone(given)
	for i, rank := range c.Ranks {
		for _, l := range []learner{ours, theirs} {
			if given[l.Name] == nil && (i == 0 || c.TuneRank == 0) {
				if chosen[l.Name], err = tuning.choose(ctx, l, cmp.Or(c.TuneRank, rank), c.TuneEpochs); err != nil {
					return err
				}
			}
		}
		races, err := measured.race(ctx, []learner{ours, theirs}, rank, c.Epochs, c.Repeats, chosen)
		if err != nil {
			return err
		}
		result.Races = append(result.Races, races...)
	}
	if out.IsJSON() {
		return out.JSON(result)
	}
	out.Printf("%s", result.text(c.Ranks))
	return nil
}

// A workshop is a problem with a folder to work on it.
type workshop struct {
	problem *problem
	folder  string
	threads int
}

// newWorkshops are one to measure in and one to choose settings in, in new folders
// of folder.
func newWorkshops(ctx context.Context, data, folder string, threads int) (measured, tuning *workshop, err error) {
	measured, tuning = &workshop{threads: threads}, &workshop{threads: threads}
	for _, w := range []*workshop{measured, tuning} {
		if w.folder, err = os.MkdirTemp(folder, "problem-"); err != nil {
			return nil, nil, fmt.Errorf("make a folder to work in: %w", err)
		}
	}
	shop, simulated := shops[data]
	if simulated {
		measured.problem, tuning.problem = shop.simulate(data, 1)
	} else if measured.problem, tuning.problem, err = retail(ctx, data, measured.folder); err != nil {
		return nil, nil, err
	}
	for _, w := range []*workshop{measured, tuning} {
		if err := w.problem.write(w.folder); err != nil {
			return nil, nil, err
		}
	}
	return measured, tuning, nil
}

// race has learners learn in turns, and returns how each of them did.
func (w *workshop) race(ctx context.Context, learners []learner, rank, epochs, repeats int, settings map[string]point) ([]race, error) {
	races := make([]race, len(learners))
	for repeat := range repeats {
		for i, l := range learners {
			r, err := w.run(ctx, l, rank, epochs, settings[l.Name])
			if err != nil {
				return nil, err
			}
			if repeat > 0 {
				r = races[i].faster(r)
			}
			races[i] = r
		}
	}
	return races, nil
}

// run has a learner learn, and measures it.
func (w *workshop) run(ctx context.Context, l learner, rank, epochs int, settings point) (race, error) {
	out, err := os.MkdirTemp(w.folder, "factors-")
	if err != nil {
		return race{}, err
	}
	defer func() { _ = os.RemoveAll(out) }()
	learned, err := l.learn(ctx, w.folder, out, rank, epochs, w.threads, settings)
	if err != nil {
		return race{}, err
	}
	r := race{Learner: l.Name, Rank: rank, Settings: settings, Seconds: learned.Seconds, Own: learned.Peak.since(learned.Base)}
	if r.NDCG, err = w.problem.ndcg(ctx, out, epochs, rank); err != nil {
		return race{}, err
	}
	slog.Info("learned", "data", w.problem.Name, "learner", l.Name, "rank", rank, "settings", settings, "ndcg@20", r.best(), "epoch_seconds", r.epoch())
	return r, nil
}

// near is the share of the best NDCG@20 of implicit that both must reach: the last
// hundredth takes many epochs and says little.
const near = 0.99

// text is a table in Markdown.
func (o outcome) text(ranks []int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d shoppers, %d items, %d entries; %d shoppers measured\n\n", o.Problem.Name, o.Problem.Users, o.Problem.Items, o.Problem.Entries, len(o.Problem.sample))
	text.WriteString("| d | learner | settings | best NDCG@20 | s an epoch | s (epochs) to equal quality | times as fast | own memory at its peak | ÷ (data + factors) | … without pages of files |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, rank := range ranks {
		of := func(name string) race {
			return o.Races[slices.IndexFunc(o.Races, func(r race) bool { return r.Learner == name && r.Rank == rank })]
		}
		target := near * of("implicit").best()
		their, _ := of("implicit").to(target)
		for _, name := range []string{"Daybreak", "implicit"} {
			r := of(name)
			seconds, epochs := r.to(target)
			reached := fmt.Sprintf("%.2f (%d)", seconds, epochs)
			if math.IsInf(seconds, 1) {
				reached = "never"
			}
			fmt.Fprintf(&text, "| %d | %s | %s | %.4f | %.3f | %s | %.2f | %.1f MB | %.2f | %.2f |\n", rank, name, r.Settings, r.best(), r.epoch(), reached,
				their/seconds, float64(r.Own.All)/1e6, float64(r.Own.All)/float64(o.Problem.bytes(rank)), float64(r.Own.Anonymous)/float64(o.Problem.bytes(rank)))
		}
	}
	return text.String()
}

// String names the settings, sorted.
func (p point) String() string {
	var names []string
	for name, value := range p {
		names = append(names, fmt.Sprintf("%s %v", name, value))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func main() {
	os.Exit(command.Run("training", "Measures how long training takes beside a named peer.", &program{}))
}
