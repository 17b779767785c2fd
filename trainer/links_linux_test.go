package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/trainer/ranks/network"
)

// asRoot runs the test that calls it anew where the user isn't root, as root of a
// user namespace, which may make network namespaces. It says whether that is done.
func asRoot(t *testing.T) (done bool) {
	t.Helper()
	if os.Geteuid() == 0 {
		return false
	}
	out, err := exec.Command("unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-c",
		`PATH=$PATH:/usr/sbin:/sbin && mount -t tmpfs run /run && ip link set lo up && exec "$0" "$@"`, os.Args[0], "-test.run=^"+t.Name()+"$").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return true
}

// apart is the training by ranks in network namespaces of their own, whose links are
// so slow that it takes a while.
func (tr training) apart(ranks int) training {
	tr.t.Helper()
	tr = tr.of(ranks)
	links, err := network.New(context.Background(), ranks, "3mbit")
	tr.t.Cleanup(func() { require.NoError(tr.t, links.Close()) })
	require.NoError(tr.t, err, "it takes ip and tc of iproute2")
	tr.network = links
	return tr
}

// epochs is how many the learning has come to.
func (p *process) epochs() int { return strings.Count(p.log.String(), `"stage":"learn","epoch":`) }

func TestALinkBetweenTwoOtherRanksThatIsCutChangesNothing(t *testing.T) {
	lengths := []time.Duration{10 * time.Second}
	if os.Getenv("DAYBREAK_SOAK") != "" {
		lengths = append(lengths, 30*time.Second) // the session is lost, and begun again
	}
	if asRoot(t) {
		return
	}
	tr := newTraining(t, shared, 3, chosen)
	want, _ := undisturbed(t, tr)
	for _, length := range lengths {
		again := tr.apart(3)
		again.pauseAt = `"stage":"learn","epoch":2,`
		processes := again.startAll()
		processes[0].awaitPause(t)
		require.NoError(t, again.network.Part(t.Context(), 1, 2))
		before := processes[0].epochs()
		processes[0].resume()
		time.Sleep(length)
		require.LessOrEqual(t, processes[0].epochs(), before+3, "the link isn't cut") // two that it may have been about to tell, and one that it was in
		require.NoError(t, again.network.Mend(t.Context(), 1, 2))
		for rank, p := range processes {
			require.Zero(t, p.code(t), "rank %d says\n%s", rank, p.log)
		}
		if length < 20*time.Second {
			require.Equal(t, 1, strings.Count(processes[1].log.String(), "ranks are together"), "it was no more than a delay")
		}
		requireSame(t, want, content(t, again.modelDir), "the link was cut for "+length.String())
	}
}

func TestRanksThatCannotReachEachOtherAreBothNamed(t *testing.T) {
	if asRoot(t) {
		return
	}
	tr := newTraining(t, shared, 3, chosen).apart(3)
	tr.extra = []string{"--rendezvous-timeout", "6s"}
	require.NoError(t, tr.network.Part(t.Context(), 1, 2))
	processes := tr.startAll()
	for _, p := range processes {
		require.Equal(t, command.Retry, p.code(t), p.log)
	}
	require.Regexp(t, `ranks are out of reach: no exchange has succeeded for 6s: session lost: rank (1 can't reach rank 2|2 can't reach rank 1) at 10\.77\.0\.[23]:\d+`, processes[0].log.String())
}
