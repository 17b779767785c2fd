package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/e2e/cluster/state"
)

func TestMain(m *testing.M) {
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, strings.Repeat("*", 80)+
			"\nNO TEST OF A CLUSTER'S LIFE WAS RUN: it needs root.\n"+strings.Repeat("*", 80))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestAKilledClusterLeavesNoProcessNoMountAndNoSettingBehind(t *testing.T) {
	before := look(t)
	cluster := newCluster(t)
	for _, taken := range []string{"127.0.0.1:2379", ":6443", ":10250"} {
		listener, err := net.Listen("tcp", taken)
		require.NoError(t, err)
		defer func() { _ = listener.Close() }() // nobody asked it
	}
	cluster.run(t, "up", "--controllers=") // ports that are taken on the machine are not the cluster's
	cluster.startPod(t)
	process, running, err := cluster.dir.Process()
	require.NoError(t, err)
	require.True(t, running)

	require.Contains(t, cluster.run(t, "up", "--controllers="), "nothing is changed")
	again, _, err := cluster.dir.Process()
	require.NoError(t, err)
	require.Equal(t, process, again, "up twice is one cluster")
	other := instance{cluster.program, state.Dir(t.TempDir())}
	require.Contains(t, other.fail(t, "up", "--controllers="), "another cluster")
	other.run(t, "down")
	require.Contains(t, cluster.run(t, "status"), "ready", "to take another down leaves this one alone")

	require.NoError(t, unix.Kill(process.PID, unix.SIGKILL))

	require.Eventually(t, func() bool { return len(members(t)) == 0 }, time.Minute, 100*time.Millisecond,
		"processes are left in the cluster's control groups")
	require.Equal(t, before.mounts, look(t).mounts)
	require.Contains(t, cluster.fail(t, "status"), "the cluster was killed")

	cluster.run(t, "up", "--controllers=")
	cluster.run(t, "down")
	require.Equal(t, before, look(t))
	left, err := filepath.Glob(cluster.dir.Path("*"))
	require.NoError(t, err)
	require.Equal(t, []string{cluster.dir.Logs()}, left)
}

func TestAComponentThatDiesIsNamedWithItsLastLines(t *testing.T) {
	cluster := newCluster(t)
	cluster.run(t, "up", "--controllers=")

	require.NoError(t, unix.Kill(cluster.find(t, "kube-proxy"), unix.SIGKILL))

	require.Eventually(t, func() bool {
		status, err := cluster.dir.Status()
		return err == nil && status.Phase == state.Broken
	}, time.Minute, 100*time.Millisecond)
	message := cluster.fail(t, "status")
	require.Contains(t, message, "kube-proxy has ended (signal: killed)")
	require.Contains(t, message, filepath.Join(cluster.dir.Logs(), "kube-proxy.log"))
}

func TestAClusterThatCannotBeSaysWhyAndChangesNothing(t *testing.T) {
	before := look(t)
	cluster := newCluster(t)

	full := filepath.Join(t.TempDir(), "full")
	require.NoError(t, os.Mkdir(full, 0o755))
	require.NoError(t, unix.Mount("tmpfs", full, "tmpfs", 0, "size=1m"))
	message := instance{cluster.program, state.Dir(filepath.Join(full, "state"))}.fail(t, "up", "--controllers=")
	require.NoError(t, unix.Unmount(full, 0))
	require.Contains(t, message, "make room, or name a folder elsewhere with --state-dir")

	stacked := stackFolders(t)
	message = instance{cluster.program, state.Dir(filepath.Join(stacked, "state"))}.fail(t, "up", "--controllers=")
	require.NoError(t, unix.Unmount(stacked, 0))
	require.Contains(t, message, "containers need overlayfs, which can't be mounted on "+stacked)

	noOne := cluster.command("up", "--controllers=")
	noOne.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	require.NoError(t, os.Chmod(filepath.Dir(filepath.Dir(cluster.program)), 0o755)) // a test's folder is root's alone
	output, err := noOne.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "run this as root")
	require.Equal(t, before, look(t))
}

// stackFolders mounts an overlayfs, on which no other can write.
func stackFolders(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range []string{"lower", "upper", "work", "stacked"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, name), 0o755))
	}
	stacked := filepath.Join(root, "stacked")
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", root)
	require.NoError(t, unix.Mount("overlay", stacked, "overlay", 0, options))
	return stacked
}

func TestAStartWhoseUserIsKilledIsFinishedByTheNext(t *testing.T) {
	before := look(t)
	cluster := newCluster(t)
	killed := cluster.command("up", "--controllers=")
	require.NoError(t, killed.Start())
	require.Eventually(t, func() bool {
		status, err := cluster.dir.Status()
		return err == nil && status.Phase == state.Starting
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, killed.Process.Kill())
	require.Error(t, killed.Wait())

	cluster.run(t, "up", "--controllers=")

	require.Contains(t, cluster.run(t, "status"), "ready")
	cluster.run(t, "down")
	require.Equal(t, before, look(t))
}

// instance is a cluster of a test's own.
type instance struct {
	program string
	dir     state.Dir
}

func newCluster(t *testing.T) instance {
	t.Helper()
	program := filepath.Join(t.TempDir(), "cluster")
	output, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	cluster := instance{program, state.Dir(t.TempDir())}
	t.Cleanup(func() { cluster.run(t, "down") })
	return cluster
}

func (c instance) command(arguments ...string) *exec.Cmd {
	return exec.Command(c.program, append([]string{"--state-dir", string(c.dir)}, arguments...)...)
}

func (c instance) run(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := c.command(arguments...).CombinedOutput()
	require.NoError(t, err, "%s: %s", arguments, output)
	return string(output)
}

func (c instance) fail(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := c.command(arguments...).CombinedOutput()
	require.Error(t, err, "%s: %s", arguments, output)
	return string(output)
}

// startPod starts a pod, so that there is a container to be left behind.
func (c instance) startPod(t *testing.T) {
	t.Helper()
	pod := `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"probe","namespace":"default"},
		"spec":{"containers":[{"name":"probe","image":"` + probeImage + `","args":["serve"]}]}}`
	apply := c.command("kubectl", "--", "apply", "-f", "-")
	apply.Stdin = strings.NewReader(pod)
	output, err := apply.CombinedOutput()
	require.NoError(t, err, "%s", output)
	c.run(t, "kubectl", "--", "wait", "--for=condition=Ready", "--timeout=2m", "pod/probe")
}

// find is the process that was started under the name, among those of the cluster.
func (c instance) find(t *testing.T, name string) int {
	t.Helper()
	for _, pid := range members(t) {
		command, err := os.ReadFile(fmt.Sprintf("/proc/%s/cmdline", pid))
		if err == nil && bytes.HasPrefix(command, []byte(c.dir.Path("programs", name)+"\x00")) {
			var number int
			_, err := fmt.Sscan(pid, &number)
			require.NoError(t, err)
			return number
		}
	}
	require.Fail(t, "no such process", name)
	return 0
}

// machine is what a cluster must not change.
type machine struct {
	mounts, controlGroups, folders []string
	settings                       map[string]string
}

func look(t *testing.T) machine {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	seen := machine{mounts: strings.Split(string(mounts), "\n"), settings: map[string]string{}}
	for _, pattern := range []string{"/sys/fs/cgroup/daybreak-e2e", "/sys/fs/cgroup/*/daybreak-e2e"} {
		groups, err := filepath.Glob(pattern)
		require.NoError(t, err)
		seen.controlGroups = append(seen.controlGroups, groups...)
	}
	for _, name := range []string{"kubelet", "cni", "containerd"} {
		folders, err := filepath.Glob("/var/lib/" + name)
		require.NoError(t, err)
		seen.folders = append(seen.folders, folders...)
	}
	for _, name := range []string{"kernel/panic", "kernel/panic_on_oops", "vm/overcommit_memory", "net/ipv4/ip_forward"} {
		value, err := os.ReadFile("/proc/sys/" + name)
		require.NoError(t, err)
		seen.settings[name] = string(value)
	}
	return seen
}

// members are the processes in the cluster's control groups.
func members(t *testing.T) []string {
	t.Helper()
	var pids []string
	for _, group := range look(t).controlGroups {
		err := filepath.WalkDir(group, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.Name() != "cgroup.procs" {
				return nil //nolint:nilerr // a group that goes while it is looked at holds no one
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return nil //nolint:nilerr // as above
			}
			pids = append(pids, strings.Fields(string(content))...)
			return nil
		})
		require.NoError(t, err)
	}
	return pids
}
