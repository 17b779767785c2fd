package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strconv"
	"time"
	_ "time/tzdata" // images without a time zone database must still know when a shop's day starts

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/server"
)

// predictor is the program's flags. Those with an underscore are KServe's.
type predictor struct {
	ModelDir     string        `name:"model_dir" default:"/mnt/models" help:"A model folder (or a symbolic link to one), or a folder of model folders named by version number, of which the highest serves." type:"path"`
	ModelName    string        `name:"model_name" default:"recommender" help:"Name that requests use for the model."`
	ModelVersion string        `name:"model_version" help:"Version of a model folder; by default the folder's name if that is a number, else 0."`
	ModelsDir    string        `name:"models-dir" help:"A folder that holds a folder for each model, named after it, each of which may be what --model_dir may be; instead of --model_dir, --model_name and --model_version." type:"path"`
	KeepVersions int           `name:"keep-versions" default:"1" help:"How many of a model's numbered folders serve side by side, the highest."`
	HTTPPort     int           `name:"http_port" default:"8080" help:"Port for HTTP/1.1, HTTP/2 without TLS, and gRPC; 0 takes a free one and logs it."`
	HTTPHost     string        `name:"http_host" default:"0.0.0.0" help:"Address to listen on."`
	GRPCPort     int           `name:"grpc_port" default:"-1" help:"Another port, for gRPC alone; 0 takes a free one and logs it, -1 opens none."`
	DrainDelay   time.Duration `name:"drain-delay" default:"5s" help:"How long to go on taking requests after SIGTERM, not ready, until no more are sent."`
	Poll         time.Duration `name:"poll" default:"1s" help:"How often to look for a new model."`

	MaxConcurrency int           `name:"max-concurrency" default:"0" help:"Requests that are scored at once; 0 for one a core."`
	MaxQueue       int           `name:"max-queue" default:"64" help:"Requests that wait to be scored; those beyond are told to come again (429, UNAVAILABLE)."`
	MaxWait        time.Duration `name:"max-wait" default:"5ms" help:"How long a request may have waited when its turn comes, where requests keep waiting; those beyond, and beyond four turns where these take longer, are told to come again; 0 for any time."`

	AccessLog int            `name:"access-log" default:"0" help:"Requests a second to log, at most."`
	Payload   payloadFlags   `embed:"" prefix:"payload-"`
	Trace     traceFlags     `embed:"" prefix:"trace-"`
	Profiles  profilingFlags `embed:"" prefix:"pprof-"`
}

// Run serves until the context ends.
func (p *predictor) Run(ctx context.Context, _ *command.Output) error {
	if err := p.validate(); err != nil {
		return err
	}
	options := server.Options{
		ModelName:    p.ModelName,
		ModelDir:     p.ModelDir,
		ModelVersion: p.ModelVersion,
		Poll:         p.Poll,
		DrainDelay:   p.DrainDelay,
		ModelsDir:    p.ModelsDir,
		KeepVersions: p.KeepVersions,
		Gate:         recommend.NewGate(cmp.Or(p.MaxConcurrency, runtime.GOMAXPROCS(0)), p.MaxQueue, p.MaxWait),
		AccessLog:    p.AccessLog,
		Payloads:     p.Payload.options(),
	}
	var err error
	if options.Tracer, err = p.Trace.tracer(ctx); err != nil {
		return err
	}
	if p.GRPCPort >= 0 {
		if options.GRPC, err = listen(p.HTTPHost, p.GRPCPort); err != nil {
			return err
		}
		slog.Info("listening for gRPC alone", "address", options.GRPC.Addr().String())
	}
	closeProfiles, err := p.Profiles.serve()
	if err != nil {
		return err
	}
	defer closeProfiles()
	listener, err := listen(p.HTTPHost, p.HTTPPort)
	if err != nil {
		return err
	}
	slog.Info("listening", "address", listener.Addr().String(), "model_name", p.ModelName, "model_dir", p.ModelDir)
	return server.New(options).Serve(ctx, listener)
}

// validate reports flags that can't be right.
func (p *predictor) validate() error {
	switch {
	case p.Poll <= 0:
		return command.Usagef("--poll is %s; it must be more than 0", p.Poll)
	case p.DrainDelay < 0:
		return command.Usagef("--drain-delay is %s; it must be 0 or more", p.DrainDelay)
	case p.HTTPPort < 0 || p.HTTPPort > 65535:
		return command.Usagef("--http_port is %d; it must be from 0 to 65535", p.HTTPPort)
	case p.GRPCPort < -1 || p.GRPCPort > 65535:
		return command.Usagef("--grpc_port is %d; it must be from 0 to 65535, or -1 for none", p.GRPCPort)
	case p.KeepVersions < 1:
		return command.Usagef("--keep-versions is %d; it must be 1 or more", p.KeepVersions)
	case p.MaxConcurrency < 0:
		return command.Usagef("--max-concurrency is %d; it must be 0 or more", p.MaxConcurrency)
	case p.MaxQueue < 0:
		return command.Usagef("--max-queue is %d; it must be 0 or more", p.MaxQueue)
	case p.MaxWait < 0:
		return command.Usagef("--max-wait is %s; it must be 0 or more", p.MaxWait)
	case p.AccessLog < 0:
		return command.Usagef("--access-log is %d; it must be 0 or more", p.AccessLog)
	}
	return errors.Join(p.Payload.validate(), p.Trace.validate(), p.Profiles.validate())
}

func listen(host string, port int) (net.Listener, error) {
	address := net.JoinHostPort(host, strconv.Itoa(port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

func main() {
	runtime.MemProfileRate = 0 // a profile of memory is kept for those alone who can fetch it
	os.Exit(command.Run("predictor", "Serves a model that recommends products.", &predictor{}))
}
