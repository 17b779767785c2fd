package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/command"
)

type program struct {
	Rate    string `default:"1gbit" help:"Of each rank's link, as tc writes it."`
	Most    int    `default:"4" help:"Most ranks."`
	Users   int    `default:"50000" help:"Shoppers."`
	Items   int    `default:"10000" help:"Items."`
	Events  int    `default:"1000000" help:"Events."`
	Rank    int    `default:"128" help:"Length of a factor."`
	Epochs  int    `default:"3" help:"Epochs."`
	Workdir string `type:"path" help:"Folder for events, models and logs; by default one that is removed. The events of a shop that it has are used again."`
}

func main() {
	os.Exit(command.Run("ranks", "Measures one training by several ranks.", &program{}))
}

// Run measures and prints.
func (p *program) Run(ctx context.Context, out *command.Output) (err error) {
	if p.Workdir == "" {
		if p.Workdir, err = os.MkdirTemp("", "daybreak-ranks-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(p.Workdir)) }()
	}
	shop := shop{users: p.Users, items: p.Items, events: p.Events}
	t := training{events: filepath.Join(p.Workdir, shop.name()), config: filepath.Join(p.Workdir, "train.yaml"), program: filepath.Join(p.Workdir, "trainer")}
	if built, err := exec.CommandContext(ctx, "go", "build", "-o", t.program, "./trainer").CombinedOutput(); err != nil {
		return fmt.Errorf("build the trainer: %w: %s", err, built)
	}
	if err := shop.write(ctx, t.events); err != nil {
		return err
	}
	settings := fmt.Sprintf("rank: %d\nepochs: %d\nneighbours: 20\n%s", p.Rank, p.Epochs, chosen)
	if err := os.WriteFile(t.config, []byte(settings), 0o600); err != nil {
		return err
	}
	out.Printf("%d shoppers, %d items, %d events, d = %d, links of %s, one core a rank\n\n", p.Users, p.Items, p.Events, p.Rank, p.Rate)
	out.Printf("| ranks | compute, s an epoch | waiting, s an epoch | received, MB an epoch | whole training, s | sent beside epochs, MB: rank 0 | another, the most | same model |\n|---|---|---|---|---|---|---|---|\n")
	var first string
	for ranks := 1; ranks <= p.Most; ranks++ {
		measured, err := t.measure(ctx, ranks, p.Rate, filepath.Join(p.Workdir, fmt.Sprintf("model-%d", ranks)))
		if err != nil {
			return fmt.Errorf("%d ranks: %w", ranks, err)
		}
		if ranks == 1 {
			first = measured.tensors
		}
		out.Printf("| %d | %.2f | %.2f | %.1f | %.1f | %.1f | %.1f | %v |\n", ranks, measured.compute, measured.wire, measured.received/1e6,
			measured.whole.Seconds(), measured.byLeader/1e6, measured.byOther/1e6, measured.tensors == first)
		if measured.tensors != first {
			return fmt.Errorf("%d ranks made another model than one", ranks)
		}
	}
	return nil
}
