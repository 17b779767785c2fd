package main

import (
	"context"
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/node"
	"github.com/daybreak-ml/daybreak/e2e/cluster/provisioner"
	"github.com/daybreak-ml/daybreak/e2e/cluster/supervisor"
)

// The commands below are not for people: they are this program as a process of
// the cluster.

type initCommand struct{}

func (initCommand) Run(cli *commands) error {
	if err := isolation.JoinControlGroup(); err != nil {
		return err
	}
	return isolation.Init([]string{"--state-dir", string(cli.StateDir), "supervise"})
}

type superviseCommand struct{}

func (superviseCommand) Run(ctx context.Context, cli *commands) error {
	supervisor := supervisor.Supervisor{
		Dir:         cli.StateDir,
		Provisioner: []string{"/proc/self/exe", "--state-dir", string(cli.StateDir), "provisioner"},
	}
	return supervisor.Run(ctx)
}

type provisionerCommand struct{}

func (provisionerCommand) Run(ctx context.Context, cli *commands) error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	return provisioner.Provisioner{
		Client: client, Name: node.StorageProvisioner, Node: node.Name, Dir: cli.StateDir.Path("volumes"),
	}.Run(ctx)
}
