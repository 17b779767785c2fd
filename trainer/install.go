package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/command"
)

// installCommand is for an init container of the night's pod, which measures and compares models with
// the trainer of the very image that trains them.
type installCommand struct {
	To string `required:"" type:"path" help:"Where to put the program, such as /programs/trainer."`
}

func (c *installCommand) Run(_ context.Context, out *command.Output) error {
	if err := install(c.To); err != nil {
		return fmt.Errorf("install the trainer as %s: %w", c.To, err)
	}
	out.Printf("installed as %s\n", c.To)
	if out.IsJSON() {
		return out.JSON(map[string]string{"program": c.To})
	}
	return nil
}

// install copies this program, beside first, so that nobody runs half of it.
func install(path string) (err error) {
	this, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(this)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	beside, err := os.CreateTemp(filepath.Dir(path), ".trainer-")
	if err != nil {
		return err
	}
	_, err = io.Copy(beside, from)
	if err := errors.Join(err, beside.Chmod(0o755), beside.Close()); err != nil {
		return errors.Join(err, os.Remove(beside.Name()))
	}
	return os.Rename(beside.Name(), path)
}
