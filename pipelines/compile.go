package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/pipelines/compile"
)

type compileCommand struct {
	Out   string `required:"" type:"path" help:"File to write."`
	Image string `default:"ghcr.io/daybreak-ml/pipelines" help:"Image of the steps."`
	Claim string `default:"daybreak-data" help:"Volume claim that the steps share."`
}

func (c *compileCommand) Run(_ context.Context, out *command.Output) error {
	document, err := compile.Night(compile.Options{Image: c.Image, Claim: c.Claim})
	if err != nil {
		return err
	}
	beside := filepath.Join(filepath.Dir(c.Out), "."+filepath.Base(c.Out))
	if err := os.WriteFile(beside, document, 0o644); err != nil {
		return fmt.Errorf("write the pipeline document: %w", err)
	}
	if err := os.Rename(beside, c.Out); err != nil {
		return fmt.Errorf("write the pipeline document: %w", err)
	}
	if out.IsJSON() {
		return out.JSON(map[string]string{"out": c.Out})
	}
	out.Printf("%s\n", c.Out)
	return nil
}
