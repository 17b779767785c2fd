package resources

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// proc is what every Linux has.
func proc(group string) fstest.MapFS {
	return fstest.MapFS{
		"proc/self/cgroup": file(group),
		"proc/stat":        file("cpu  100 0 50 900 30 0 0 10 0 0\ncpu0 1 1 1\n"),
		"proc/meminfo":     file("MemTotal:  1000000 kB\nMemFree: 1 kB\nMemAvailable:  400000 kB\n"),
		"proc/self/status": file("Name:\ttrainer\nVmRSS:\t    2048 kB\n"),
		"proc/net/dev": file("Inter-|   Receive\n face |bytes packets\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n" +
			"  eth0: 1000 1 0 0 0 0 0 0 300 1 0 0 0 0 0 0\n  eth1:24 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"),
	}
}

func with(system fstest.MapFS, files map[string]string) fstest.MapFS {
	for name, text := range files {
		system["sys/fs/cgroup/"+name] = file(text)
	}
	return system
}

func TestWhatIsUsedIsTheControlGroups(t *testing.T) {
	for name, c := range map[string]struct {
		system        fstest.MapFS
		cpu           time.Duration
		memory, limit int64
	}{
		"version 2, in a container": {with(proc("0::/\n"), map[string]string{
			"cgroup.controllers": "cpu memory", "cpu.stat": "usage_usec 2500000\nuser_usec 1\n", "cpu.max": "50000 100000\n",
			"memory.current": "700\n", "memory.stat": "anon 1\ninactive_file 200\n", "memory.max": "900\n",
		}), 2500 * time.Millisecond, 500, 900},
		"version 2, without a limit": {with(proc("0::/a/b\n"), map[string]string{
			"cgroup.controllers": "cpu memory", "a/b/cpu.stat": "usage_usec 1\n", "a/b/cpu.max": "max 100000\n",
			"a/b/memory.current": "700\n", "a/b/memory.max": "max\n",
		}), time.Microsecond, 700, 1000000 << 10},
		"version 1": {with(proc("5:cpu,cpuacct:/x\n4:memory:/x\n"), map[string]string{
			"cpuacct/x/cpuacct.usage": "3000\n", "cpu/x/cpu.cfs_quota_us": "-1\n", "cpu/x/cpu.cfs_period_us": "100000\n",
			"memory/x/memory.usage_in_bytes": "700\n", "memory/x/memory.stat": "total_inactive_file 100\n", "memory/x/memory.limit_in_bytes": "9223372036854771712\n",
		}), 3 * time.Microsecond, 600, 1000000 << 10},
		"no group: the machine": {proc(""), 1600 * time.Millisecond, 600000 << 10, 1000000 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			usage, err := Reader{c.system, t.TempDir()}.Read()
			require.NoError(t, err)
			require.Equal(t, c.cpu, usage.CPU)
			require.Equal(t, c.memory, usage.Memory)
			require.Equal(t, c.limit, usage.MemoryLimit)
			require.Equal(t, int64(2048<<10), usage.Process)
			require.Equal(t, int64(1024), usage.NetworkIn)
			require.Equal(t, int64(301), usage.NetworkOut)
			require.Positive(t, usage.DiskFree)
			if name == "version 2, in a container" {
				require.LessOrEqual(t, usage.CPUs, .5)
			}
		})
	}
}

func TestASystemThatSaysNothingIsAnError(t *testing.T) {
	_, err := Reader{fstest.MapFS{}, t.TempDir()}.Read()
	require.ErrorContains(t, err, "neither /sys/fs/cgroup nor /proc")
}

func FuzzAnySystemIsRead(f *testing.F) {
	f.Add("0::/\n", "usage_usec 5\n", "max 100000", "700")
	f.Add("4:memory:/../..\n", "x", "-1 0", "")
	f.Fuzz(func(t *testing.T, group, cpu, quota, memory string) {
		usage, err := Reader{with(proc(group), map[string]string{
			"cgroup.controllers": "", "cpu.stat": cpu, "cpu.max": quota, "memory.current": memory, "memory.max": quota,
		}), "/"}.Read()
		require.NoError(t, err)
		require.Positive(t, usage.CPUs)
	})
}
