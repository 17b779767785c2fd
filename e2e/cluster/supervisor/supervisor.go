// Package supervisor brings a cluster up inside its namespaces and watches it.
package supervisor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/e2e/cluster/component"
	"github.com/daybreak-ml/daybreak/e2e/cluster/controllers"
	"github.com/daybreak-ml/daybreak/e2e/cluster/imagestore"
	"github.com/daybreak-ml/daybreak/e2e/cluster/isolation"
	"github.com/daybreak-ml/daybreak/e2e/cluster/node"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

// Supervisor is the parent of every component.
type Supervisor struct {
	Dir state.Dir
	// Provisioner is the command that provisions volumes.
	Provisioner []string

	options    state.Options
	components *component.Set
	status     state.Status
}

// Run brings the cluster up and returns when a component has ended, or the start
// fails, with what is to be told to the user. The status says the same.
func (s *Supervisor) Run(ctx context.Context) error {
	err := s.start(ctx)
	if err == nil {
		select {
		case err = <-s.components.Died:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	s.status.Phase, s.status.Message = state.Broken, err.Error()
	if statusErr := s.Dir.SetStatus(s.status); statusErr != nil {
		return statusErr
	}
	return err
}

type step struct {
	name string
	do   func(context.Context) error
}

func (s *Supervisor) start(ctx context.Context) error {
	options, err := s.Dir.Options()
	if err != nil {
		return err
	}
	s.options = options
	steps, err := s.steps()
	if err != nil {
		return err
	}
	for _, step := range steps {
		s.status.Phase, s.status.Step = state.Starting, step.name
		if err := s.Dir.SetStatus(s.status); err != nil {
			return err
		}
		start := time.Now()
		if err := step.do(ctx); err != nil {
			return err
		}
		s.status.Steps = append(s.status.Steps, state.Step{Name: step.name, Elapsed: time.Since(start)})
	}
	s.status.Phase, s.status.Step = state.Ready, ""
	return s.Dir.SetStatus(s.status)
}

func (s *Supervisor) steps() ([]step, error) {
	if err := os.Setenv("PATH", s.Dir.Programs()+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"); err != nil {
		return nil, fmt.Errorf("set the search path: %w", err)
	}
	chosen, err := controllers.Choose(s.options.Controllers)
	if err != nil {
		return nil, err
	}
	controlPlane, others := node.ControlPlane(s.Dir), node.Node(s.Dir, s.Provisioner)
	s.components = component.NewSet(s.Dir.Logs(), len(controlPlane)+len(others))
	steps := []step{{"namespaces", s.isolate}, {"configuration", s.configure}}
	for _, component := range controlPlane {
		steps = append(steps, s.startComponent(component))
	}
	steps = append(steps, step{"addons", s.applyAddons})
	for _, component := range others {
		steps = append(steps, s.startComponent(component))
		if component.Name == "containerd" {
			steps = append(steps, step{"images", s.loadImages})
		}
	}
	steps = append(steps, step{"default account", s.awaitDefaultAccount})
	for _, controller := range chosen {
		steps = append(steps, step{controller.Name, func(ctx context.Context) error {
			return controller.Apply(ctx, s.Dir, s.options.Sources)
		}})
	}
	// All start at the same time, and are then waited for.
	for _, controller := range chosen {
		steps = append(steps, step{controller.Name + " ready", func(ctx context.Context) error { return controller.Await(ctx, s.Dir) }})
	}
	return steps, nil
}

func (s *Supervisor) isolate(context.Context) error {
	if err := isolation.Mounts(string(s.Dir)); err != nil {
		return err
	}
	if err := isolation.CheckOverlay(string(s.Dir)); err != nil {
		return err
	}
	return isolation.Network()
}

func (s *Supervisor) configure(context.Context) error {
	if err := node.LinkPrograms(s.Dir, s.options.Binaries); err != nil {
		return err
	}
	return node.Configure(s.Dir)
}

func (s *Supervisor) startComponent(component component.Component) step {
	return step{component.Name, func(ctx context.Context) error { return s.components.Start(ctx, component) }}
}

func (s *Supervisor) applyAddons(ctx context.Context) error {
	manifests, err := node.Addons()
	if err != nil {
		return fmt.Errorf("read the addons: %w", err)
	}
	return s.kubectl(ctx, manifests, "apply", "--server-side", "-f", "-")
}

// awaitDefaultAccount waits for the account without which no pod is admitted.
func (s *Supervisor) awaitDefaultAccount(ctx context.Context) error {
	return s.kubectl(ctx, nil, "wait", "--for=create", "--timeout=1m", "--namespace=default", "serviceaccount/default")
}

func (s *Supervisor) kubectl(ctx context.Context, input []byte, arguments ...string) error {
	command := exec.CommandContext(ctx, s.Dir.Path("programs", "kubectl"), append([]string{"--kubeconfig", s.Dir.Kubeconfig()}, arguments...)...)
	command.Stdin = bytes.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl %s: %w: %s", arguments[0], err, strings.TrimSpace(string(output)))
	}
	return nil
}

func (s *Supervisor) loadImages(ctx context.Context) error {
	store := imagestore.Store{Command: func(arguments ...string) *exec.Cmd {
		return exec.Command(arguments[0], arguments[1:]...)
	}}
	for _, path := range s.options.Images {
		if err := store.Load(ctx, path); err != nil {
			return err
		}
	}
	return nil
}
