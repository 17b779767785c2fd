package main

import (
	"errors"
	"fmt"

	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

type statusCommand struct{}

func (statusCommand) Run(cli *commands) error {
	status, err := cli.StateDir.Status()
	if err != nil {
		return err
	}
	_, running, err := cli.StateDir.Process()
	if err != nil {
		return err
	}
	switch {
	case status.Phase == state.Absent:
		return fmt.Errorf("no cluster lives in %s: start one with up", cli.StateDir)
	case status.Phase == state.Broken:
		return errors.New(status.Message)
	case !running:
		return errors.New("the cluster was killed: down removes what is left of it, up starts anew")
	}
	fmt.Printf("%s", printSteps(status))
	if status.Phase == state.Starting {
		fmt.Printf("starting %s\n", status.Step)
		return nil
	}
	peak, err := isolation.PeakMemory()
	if err != nil {
		return err
	}
	fmt.Printf("ready; peak memory %d MiB; kubeconfig %s (inside: go run ./cluster run -- …); logs %s\n",
		peak>>20, cli.StateDir.Kubeconfig(), cli.StateDir.Logs())
	return nil
}
