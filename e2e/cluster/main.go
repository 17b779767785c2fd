// Command cluster runs a real Kubernetes cluster of one node on a plain Linux
// machine, as root, with no Docker and no registry:
//
//	go run ./cluster up                       # start it, with KServe and the Training Operator
//	go run ./cluster kubectl -- get pods -A
//	go run ./cluster load predictor.tar       # there is no registry to pull from
//	go run ./cluster run -- curl http://…     # a command that sees pods and Services
//	go run ./cluster down                     # leave nothing behind
//
// Everything runs in process, mount and network namespaces of its own; the first
// use builds Kubernetes and the controllers from their Go modules.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

type commands struct {
	StateDir state.Dir `default:"${state_dir}" help:"Folder the cluster lives in, on a filesystem that can carry overlayfs."`
	CacheDir string    `help:"Folder that keeps built programs (default: daybreak/e2e in the user's cache folder)."`

	Up      upCommand      `cmd:"" help:"Start the cluster, or say that it is up."`
	Down    downCommand    `cmd:"" help:"Stop the cluster and remove all that is left of one."`
	Status  statusCommand  `cmd:"" help:"Say whether the cluster is up, and what it takes."`
	Kubectl kubectlCommand `cmd:"" help:"Run kubectl as the cluster's administrator."`
	Run     runCommand     `cmd:"" help:"Run a command where the cluster's addresses are reached."`
	Load    loadCommand    `cmd:"" help:"Load image tars."`
	Build   buildCommand   `cmd:"" help:"Build what the cluster is made of, and say where it is."`

	Init        initCommand        `cmd:"" hidden:"" help:"Be the first process of the namespaces."`
	Supervise   superviseCommand   `cmd:"" hidden:"" help:"Bring the cluster up inside the namespaces."`
	Provisioner provisionerCommand `cmd:"" hidden:"" help:"Provision volumes."`
}

func main() {
	var cli commands
	parsed := kong.Parse(&cli, kong.Description("A Kubernetes cluster of one node without Docker."),
		kong.DefaultEnvars("DAYBREAK_E2E"), kong.Vars{"state_dir": state.DefaultDir}, kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&cli); err != nil {
		slog.Error(fmt.Sprintf("%s: %v", parsed.Command(), err))
		os.Exit(1)
	}
}
