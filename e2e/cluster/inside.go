package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/e2e/cluster/imagestore"
	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
)

type kubectlCommand struct {
	Arguments []string `arg:"" optional:"" passthrough:"" help:"kubectl's arguments."`
}

func (c kubectlCommand) Run(cli *commands) error {
	return cli.inside(append([]string{cli.StateDir.Path("programs", "kubectl")}, withoutDashes(c.Arguments)...))
}

type runCommand struct {
	Command []string `arg:"" passthrough:"" help:"Command and arguments. KUBECONFIG is set for it, and kubectl is on its PATH."`
}

func (c runCommand) Run(cli *commands) error {
	return cli.inside(withoutDashes(c.Command))
}

type loadCommand struct {
	Images []string `arg:"" help:"Image tars." type:"existingfile"`
}

func (c loadCommand) Run(ctx context.Context, cli *commands) error {
	pid, err := cli.pid()
	if err != nil {
		return err
	}
	store := imagestore.Store{Command: func(arguments ...string) *exec.Cmd {
		return isolation.Enter(pid, "/", arguments, nil, nil, nil)
	}}
	for _, image := range c.Images {
		if err := store.Load(ctx, image); err != nil {
			return err
		}
	}
	return nil
}

// pid is the process whose namespaces are the cluster's.
func (c *commands) pid() (int, error) {
	process, running, err := c.StateDir.Process()
	if err != nil {
		return 0, err
	}
	if !running {
		return 0, errors.New("no cluster is up: start one with `go run ./cluster up`")
	}
	return process.PID, nil
}

// inside replaces this process by the command, inside the cluster's namespaces.
func (c *commands) inside(arguments []string) error {
	pid, err := c.pid()
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	command := isolation.Enter(pid, dir, arguments, os.Stdin, os.Stdout, os.Stderr)
	environment := append(os.Environ(),
		"KUBECONFIG="+c.StateDir.Kubeconfig(), "PATH="+c.StateDir.Programs()+":"+os.Getenv("PATH"))
	if err := unix.Exec(command.Path, command.Args, environment); err != nil {
		return fmt.Errorf("run %s inside the cluster: %w", arguments[0], err)
	}
	return nil
}

func withoutDashes(arguments []string) []string {
	if len(arguments) > 0 && arguments[0] == "--" {
		return arguments[1:]
	}
	return arguments
}
