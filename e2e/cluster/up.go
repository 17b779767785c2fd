package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/e2e/build"
	"github.com/daybreak-ml/daybreak/e2e/cluster/await"
	"github.com/daybreak-ml/daybreak/e2e/cluster/component"
	"github.com/daybreak-ml/daybreak/e2e/cluster/controllers"
	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/preflight"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

type upCommand struct {
	Controllers []string      `default:"kserve,training-operator,jobset,trainer,gateway-api,traefik,metrics-server" help:"Controllers to install; none: --controllers=."`
	Images      []string      `help:"Image tars to load." type:"existingfile"`
	Within      time.Duration `default:"5m" help:"Give up when it is not up after this long."`
}

func (c upCommand) Run(ctx context.Context, cli *commands) error {
	if up, err := isUp(cli.StateDir); up || err != nil {
		return err
	}
	machine, err := preflight.Look(string(cli.StateDir))
	if err != nil {
		return err
	}
	if err := machine.Check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.Within+buildsWithin, fmt.Errorf("it is not up after %v", c.Within))
	defer cancel()
	options, err := c.options(ctx, cli)
	if err != nil {
		return err
	}
	lock, err := cli.StateDir.Lock()
	if errors.Is(err, state.ErrLocked) {
		slog.Info("the cluster is being started already", "state", cli.StateDir)
		return awaitReady(ctx, cli.StateDir, nil)
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // the cluster's first process holds it, too
	if err := restore(ctx, cli.StateDir, state.DiscardLogs); err != nil {
		return fmt.Errorf("clean up after an earlier cluster: %w", err)
	}
	if err := start(ctx, cli.StateDir, options, lock); err != nil {
		ctx := context.WithoutCancel(ctx)
		return errors.Join(err, end(ctx, cli.StateDir), restore(ctx, cli.StateDir, state.KeepLogs))
	}
	slog.Info("the cluster is up", "try", "go run ./cluster kubectl -- get pods -A", "logs", cli.StateDir.Logs())
	return nil
}

// isUp says, also to the user, that there is nothing to do.
func isUp(dir state.Dir) (bool, error) {
	status, err := dir.Status()
	if err != nil {
		return false, err
	}
	_, running, err := dir.Process()
	if err != nil || !running || status.Phase != state.Ready {
		return false, err
	}
	slog.Info("the cluster is up: nothing is changed", "state", dir)
	return true, nil
}

// buildsWithin bounds the builds of a first use.
const buildsWithin = time.Hour

func (c upCommand) options(ctx context.Context, cli *commands) (state.Options, error) {
	cache, err := cli.cache()
	if err != nil {
		return state.Options{}, err
	}
	chosen, err := controllers.Choose(c.Controllers)
	if err != nil {
		return state.Options{}, err
	}
	options := state.Options{Controllers: c.Controllers}
	options.Binaries, err = cache.Binaries(ctx, programs(chosen))
	if err != nil {
		return state.Options{}, err
	}
	options.Images, err = baseImages(ctx, cache, chosen, options.Binaries)
	if err != nil {
		return state.Options{}, err
	}
	options.Sources, err = sources(ctx, cache, chosen)
	if err != nil {
		return state.Options{}, err
	}
	for _, image := range c.Images {
		path, err := filepath.Abs(image)
		if err != nil {
			return state.Options{}, fmt.Errorf("make %s absolute: %w", image, err)
		}
		options.Images = append(options.Images, path)
	}
	return options, nil
}

// sources are the folders of the controllers' modules by the controllers' names.
func sources(ctx context.Context, cache build.Cache, chosen []controllers.Controller) (map[string]string, error) {
	var requirements []string
	for _, controller := range chosen {
		requirements = append(requirements, controller.Requirement)
	}
	folders, err := cache.Sources(ctx, requirements)
	if err != nil {
		return nil, err
	}
	sources := make(map[string]string, len(chosen))
	for _, controller := range chosen {
		sources[controller.Name] = folders[controller.Requirement]
	}
	return sources, nil
}

func programs(chosen []controllers.Controller) []build.Program {
	programs := []build.Program{build.Kubernetes, build.CoreDNS}
	for _, controller := range chosen {
		for _, image := range controller.Images {
			programs = append(programs, image.Program)
		}
	}
	return programs
}

func start(ctx context.Context, dir state.Dir, options state.Options, lock *os.File) error {
	if err := os.MkdirAll(dir.Logs(), 0o755); err != nil {
		return fmt.Errorf("make the folder of logs: %w", err)
	}
	if err := dir.SetOptions(options); err != nil {
		return err
	}
	made, err := isolation.PrepareHost()
	if err != nil {
		return err
	}
	if err := dir.SetHostFolders(made); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir.Logs(), "supervisor.log"))
	if err != nil {
		return fmt.Errorf("make the supervisor's log: %w", err)
	}
	defer func() { _ = log.Close() }() // the supervisor writes it
	first, err := isolation.Start([]string{"--state-dir", string(dir), "init"}, lock, log)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- first.Wait() }()
	if err := dir.SetProcess(first.Process.Pid); err != nil {
		return err
	}
	return awaitReady(ctx, dir, ended)
}

// awaitReady follows the status until the cluster is ready. Ended is nil where
// another process started it.
func awaitReady(ctx context.Context, dir state.Dir, ended <-chan error) error {
	step := ""
	return await.True(ctx, 100*time.Millisecond, func() (bool, error) {
		status, err := dir.Status()
		if err != nil {
			return false, err
		}
		if status.Step != step && status.Step != "" {
			step = status.Step
			slog.Info("starting", "step", step)
		}
		switch status.Phase {
		case state.Ready:
			return true, nil
		case state.Broken:
			return false, errors.New(status.Message)
		}
		select {
		case err := <-ended:
			return false, fmt.Errorf("the supervisor ended (%w) while starting %s; its last lines:\n%s", err, step,
				component.LastLines(filepath.Join(dir.Logs(), "supervisor.log"), 15))
		default:
			return false, nil
		}
	})
}

func printSteps(status state.Status) string {
	var lines strings.Builder
	for _, step := range status.Steps {
		fmt.Fprintf(&lines, "%-26s %6.1f s\n", step.Name, step.Elapsed.Seconds())
	}
	return lines.String()
}
