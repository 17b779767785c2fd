package supervisor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/e2e/cluster/component"
	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

// trace records the order in which tasks begin and end.
type trace struct {
	mutex sync.Mutex
	seen  []string
}

func (t *trace) add(event string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.seen = append(t.seen, event)
}

func (t *trace) observe(name string) (func() error, error) {
	t.add("begin " + name)
	return func() error { return nil }, nil
}

func TestATaskWaitsForThoseBeforeItAndForNoOther(t *testing.T) {
	var seen trace
	met := make(chan struct{})
	meet := func(context.Context) error { // returns only if both are under way at once
		select {
		case met <- struct{}{}:
		case <-met:
		}
		return nil
	}
	err := runTasks(t.Context(), []task{
		{"server", []string{"left", "right"}, func(context.Context) error { seen.add("server"); return nil }},
		{"left", nil, meet},
		{"right", nil, meet},
	}, seen.observe)
	require.NoError(t, err)
	require.Equal(t, "server", seen.seen[len(seen.seen)-1])
	require.True(t, slices.Contains(seen.seen, "begin left") && slices.Contains(seen.seen, "begin right"))
}

func TestATaskThatFailsEndsTheOthersAndIsTheOneThatIsTold(t *testing.T) {
	var seen trace
	err := runTasks(t.Context(), []task{
		{"etcd", nil, func(context.Context) error { return errors.New("the disk is full") }},
		{"images", nil, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		{"kubelet", []string{"etcd", "images"}, func(context.Context) error { return nil }},
	}, seen.observe)
	require.EqualError(t, err, "the disk is full")
	require.NotContains(t, seen.seen, "begin kubelet")
}

func TestAComponentThatDiesDuringTheStartIsTheOneThatIsTold(t *testing.T) {
	supervisor := &Supervisor{Dir: state.Dir(t.TempDir()), components: component.NewSet(t.TempDir(), 1)}
	err := supervisor.runUnlessOneDies(t.Context(), []task{
		{"etcd", nil, func(ctx context.Context) error {
			return supervisor.components.Start(ctx, component.Component{Name: "etcd", Command: []string{"sh", "-c", "echo the disk is full; exit 3"}})
		}},
		{"kube-apiserver", []string{"etcd"}, func(ctx context.Context) error { <-ctx.Done(); return errors.New("connection refused") }},
	})
	require.ErrorContains(t, err, "etcd has ended (exit status 3)")
	require.ErrorContains(t, err, "the disk is full")
}

func TestEveryTaskOfTheStartWaitsForTasksThatThereAre(t *testing.T) {
	tasks, err := (&Supervisor{Dir: "/nowhere"}).tasks([]string{"kserve", "jobset", "trainer", "gateway-api", "traefik"})
	require.NoError(t, err)
	names := map[string]bool{}
	for _, task := range tasks {
		for _, name := range task.after {
			require.True(t, names[name], "%s waits for %s, which does not come before it", task.name, name)
		}
		names[task.name] = true
	}
}
