package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"
	_ "time/tzdata" // images without a time zone database must still know when a shop's day starts

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/predictor/server"
)

// predictor is the program's flags. Those with an underscore are KServe's.
type predictor struct {
	ModelDir     string        `name:"model_dir" default:"/mnt/models" help:"A model folder (or a symbolic link to one), or a folder of model folders named by version number, of which the highest serves." type:"path"`
	ModelName    string        `name:"model_name" default:"recommender" help:"Name that requests use for the model."`
	ModelVersion string        `name:"model_version" help:"Version of a model folder; by default the folder's name if that is a number, else 0."`
	HTTPPort     int           `name:"http_port" default:"8080" help:"Port for HTTP/1.1 and HTTP/2 without TLS; 0 takes a free one and logs it."`
	HTTPHost     string        `name:"http_host" default:"0.0.0.0" help:"Address to listen on."`
	DrainDelay   time.Duration `name:"drain-delay" default:"5s" help:"How long to go on taking requests after SIGTERM, not ready, until no more are sent."`
	Poll         time.Duration `name:"poll" default:"1s" help:"How often to look for a new model."`
}

// Run serves until the context ends.
func (p *predictor) Run(ctx context.Context, _ *command.Output) error {
	if p.Poll <= 0 {
		return command.Usagef("--poll is %s; it must be more than 0", p.Poll)
	}
	if p.DrainDelay < 0 {
		return command.Usagef("--drain-delay is %s; it must be 0 or more", p.DrainDelay)
	}
	if p.HTTPPort < 0 || p.HTTPPort > 65535 {
		return command.Usagef("--http_port is %d; it must be from 0 to 65535", p.HTTPPort)
	}
	address := net.JoinHostPort(p.HTTPHost, strconv.Itoa(p.HTTPPort))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	slog.Info("listening", "address", listener.Addr().String(), "model_name", p.ModelName, "model_dir", p.ModelDir)
	return server.New(server.Options{
		ModelName:    p.ModelName,
		ModelDir:     p.ModelDir,
		ModelVersion: p.ModelVersion,
		Poll:         p.Poll,
		DrainDelay:   p.DrainDelay,
	}).Serve(ctx, listener)
}

func main() {
	os.Exit(command.Run("predictor", "Serves a model that recommends products.", &predictor{}))
}
