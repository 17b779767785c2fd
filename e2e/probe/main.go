// Command probe is what tests run in pods: each subcommand does one thing that a
// test wants to see done on a cluster.
package main

import (
	"context"
	"os/signal"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"
)

type commands struct {
	Serve       serveCommand       `cmd:"" help:"Answer HTTP requests as a model server would."`
	Ask         askCommand         `cmd:"" help:"Ask a server until told to stop, and count its answers."`
	Rank        rankCommand        `cmd:"" help:"Be one rank of a training job and meet the others."`
	WaitForHost waitForHostCommand `cmd:"" help:"Return when a name resolves."`
	Fetch       fetchCommand       `cmd:"" help:"Be a storage initializer: put what a URI says into a folder."`
	Write       writeCommand       `cmd:"" help:"Write a file."`
	Read        readCommand        `cmd:"" help:"Print a file."`
	Export      exportCommand      `cmd:"" help:"Write a shop's export, to have something to learn from."`
	Allocate    allocateCommand    `cmd:"" help:"Fill memory, and keep it."`
}

func main() {
	var cli commands
	parsed := kong.Parse(&cli, kong.Description("What tests run in pods."))
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.FatalIfErrorf(parsed.Run())
}
