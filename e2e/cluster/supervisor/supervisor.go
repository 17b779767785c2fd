// Package supervisor brings a cluster up inside its namespaces and watches it.
package supervisor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

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
	mutex      sync.Mutex // of the status
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
	statusErr := s.change(func(status *state.Status) { status.Phase, status.Message = state.Broken, err.Error() })
	return errors.Join(err, statusErr)
}

func (s *Supervisor) start(ctx context.Context) error {
	options, err := s.Dir.Options()
	if err != nil {
		return err
	}
	s.options = options
	if err := os.Setenv("PATH", s.Dir.Programs()+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"); err != nil {
		return fmt.Errorf("set the search path: %w", err)
	}
	tasks, err := s.tasks(options.Controllers)
	if err != nil {
		return err
	}
	if err := s.runUnlessOneDies(ctx, tasks); err != nil {
		return err
	}
	return s.change(func(status *state.Status) { status.Phase, status.Step = state.Ready, "" })
}

// runUnlessOneDies does the tasks. A component that dies meanwhile is the error, whatever
// fails for its absence.
func (s *Supervisor) runUnlessOneDies(ctx context.Context, tasks []task) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	finished, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case death := <-s.components.Died:
			cancel(death)
		case <-finished:
		}
	}()
	err := runTasks(ctx, tasks, s.observe)
	close(finished)
	<-watched
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// observe notes that the task begins, and how long it took.
func (s *Supervisor) observe(name string) (func() error, error) {
	start := time.Now()
	err := s.change(func(status *state.Status) { status.Phase, status.Step = state.Starting, name })
	return func() error {
		return s.change(func(status *state.Status) {
			status.Steps = append(status.Steps, state.Step{Name: name, Elapsed: time.Since(start)})
		})
	}, err
}

func (s *Supervisor) change(change func(*state.Status)) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	change(&s.status)
	return s.Dir.SetStatus(s.status)
}

// tasks are the parts of the start, none before one that it waits for.
func (s *Supervisor) tasks(names []string) ([]task, error) {
	chosen, err := controllers.Choose(names)
	if err != nil {
		return nil, err
	}
	controlPlane, others := node.ControlPlane(s.Dir), node.Node(s.Dir, s.Provisioner)
	s.components = component.NewSet(s.Dir.Logs(), len(controlPlane)+len(others))
	start := map[string]func(context.Context) error{}
	for _, component := range slices.Concat(controlPlane, others) {
		start[component.Name] = func(ctx context.Context) error { return s.components.Start(ctx, component) }
	}
	tasks := []task{
		{"namespaces", nil, s.isolate},
		{"configuration", []string{"namespaces"}, s.configure},
		{"etcd", []string{"configuration"}, start["etcd"]},
		{"containerd", []string{"configuration"}, start["containerd"]},
		{"images", []string{"containerd"}, s.loadImages},
		// Those that read its bootstrapped roles come after it.
		{"kube-apiserver", []string{"etcd"}, start["kube-apiserver"]},
		{"kube-controller-manager", []string{"kube-apiserver"}, start["kube-controller-manager"]},
		{"kube-scheduler", []string{"kube-apiserver"}, start["kube-scheduler"]},
		{"addons", []string{"kube-apiserver"}, s.applyAddons},
		{"kubelet", []string{"kube-apiserver", "images"}, start["kubelet"]},
		{"kube-proxy", []string{"kubelet"}, start["kube-proxy"]},
		{"coredns", []string{"addons"}, start["coredns"]},
		{"provisioner", []string{"addons"}, start["provisioner"]},
		{"default account", []string{"kube-controller-manager"}, s.awaitDefaultAccount},
	}
	return append(tasks, s.install(chosen)...), nil
}

// install is the tasks by which controllers come to run. Definitions take the API server
// long and need no node; all else is applied once pods can run: a controller that is
// refused something gives up, and is started again only after a pause.
func (s *Supervisor) install(chosen []controllers.Controller) []task {
	var tasks []task
	installed := map[string]bool{}
	for _, controller := range chosen {
		name, manifests := controller.Name, &controllers.Manifests{}
		after := []string{"kubelet", "kube-proxy", "coredns", name + " definitions"}
		for _, needed := range controller.Needs {
			if installed[needed] {
				after = append(after, needed)
			}
		}
		installed[name] = true
		tasks = append(tasks,
			task{name + " manifests", []string{"configuration"}, func(ctx context.Context) (err error) {
				*manifests, err = controller.Render(ctx, s.Dir, s.options.Sources[name])
				return err
			}},
			task{name + " definitions", []string{"kube-apiserver", name + " manifests"}, func(ctx context.Context) error {
				return controller.Define(ctx, s.Dir, *manifests)
			}},
			task{name, after, func(ctx context.Context) error { return controller.Apply(ctx, s.Dir, *manifests) }},
			task{name + " ready", []string{name}, func(ctx context.Context) error { return controller.Await(ctx, s.Dir) }},
		)
	}
	return tasks
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
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, path := range s.options.Images {
		group.Go(func() error { return store.Load(ctx, path) })
	}
	return group.Wait()
}
