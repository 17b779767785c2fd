package main

import (
	"context"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/night"
)

type gateCommand struct {
	Paired string `type:"existingfile" help:"A comparison to decide on, as the trainer's compare writes it; then nothing else is looked at or changed."`
	nightFlags
}

func (c *gateCommand) Run(ctx context.Context, out *command.Output) error {
	if c.Paired == "" {
		return c.only(ctx, out, night.Gate)
	}
	policy, err := gate.Load(c.Policy)
	if err != nil {
		return err
	}
	pairs, err := gate.ReadPairs(c.Paired)
	if err != nil {
		return err
	}
	verdict := gate.Decide(policy, pairs, "", nil)
	if out.IsJSON() {
		return out.JSON(verdict)
	}
	out.Printf("%s: %s\n", verdict.Verdict, verdict.Reason)
	return nil
}
