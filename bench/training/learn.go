package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ials"
)

// learnCommand is Daybreak's part, which the program starts itself.
type learnCommand struct {
	Folder           string  `required:"" type:"existingdir" help:"Where the problem lies."`
	Out              string  `required:"" type:"existingdir" help:"Where the factors go, after each epoch."`
	Rank             int     `required:"" help:"Factors."`
	Epochs           int     `required:"" help:"How many."`
	Threads          int     `required:"" help:"How many."`
	UnobservedWeight float64 `required:"" help:"Of the objective."`
	Regularisation   float64 `required:"" help:"Of the objective."`
}

// Run learns and prints what implicit_als.py prints.
func (c *learnCommand) Run(ctx context.Context, out *command.Output) error {
	runtime.GOMAXPROCS(c.Threads)
	base, err := readMemory()
	if err != nil {
		return err
	}
	p, err := readProblem(c.Folder)
	if err != nil {
		return err
	}
	var seconds []float64
	var failed error
	begin := time.Now()
	watch := func(epoch int, factors ials.Factors) {
		seconds = append(seconds, time.Since(begin).Seconds())
		if err := c.write(epoch, factors, p.sample); err != nil && failed == nil {
			failed = err
		}
		begin = time.Now()
	}
	objective := model.Factorisation{
		Confidence: 1, UnobservedWeight: c.UnobservedWeight, Regularisation: c.Regularisation, RegularisationExponent: 1,
	}
	_, err = ials.Learner{Watch: watch}.Learn(ctx, p.train, p.Items, objective, ials.Settings{
		Rank: c.Rank, Epochs: c.Epochs, Seed: 1, InitialScale: 2, Spectral: true,
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	peak, err := readMemory()
	if err != nil {
		return err
	}
	return out.JSON(answer{Version: runtime.Version(), Seconds: seconds, Base: base, Peak: peak})
}

// write copies nothing, as what it takes would count as the learner's.
func (c *learnCommand) write(epoch int, factors ials.Factors, sample []int32) (err error) {
	users, err := os.OpenFile(filepath.Join(c.Out, fmt.Sprintf("users-%d", epoch)), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closed := users.Close(); err == nil {
			err = closed
		}
	}()
	for _, user := range sample {
		if _, err := users.Write(raw(factors.Users[int(user)*c.Rank : (int(user)+1)*c.Rank])); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(c.Out, fmt.Sprintf("items-%d", epoch)), raw(factors.Items), 0o600)
}
