package resources

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

const groupRoot = "sys/fs/cgroup"

// unlimited is above every limit: version 1 writes the largest multiple of a
// page where there is none.
const unlimited = int64(1) << 62

// readGroup fills in what the process's control group says.
func (r Reader) readGroup(usage *Usage) {
	own := r.ownGroups()
	if _, err := fs.Stat(r.root, groupRoot+"/cgroup.controllers"); err == nil {
		r.readVersion2(usage, r.groupFolder(groupRoot, own[""]))
		return
	}
	r.readVersion1(usage, r.groupFolder(groupRoot+"/cpuacct", own["cpuacct"]), r.groupFolder(groupRoot+"/cpu", own["cpu"]), r.groupFolder(groupRoot+"/memory", own["memory"]))
}

// ownGroups gives the paths of the process's groups by controller; version 2's
// controller is "".
func (r Reader) ownGroups() map[string]string {
	groups := map[string]string{}
	for line := range strings.Lines(r.text("proc/self/cgroup")) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			groups[controller] = fields[2]
		}
	}
	return groups
}

// groupFolder is where a group's files lie. In a container the path is the
// host's, and the mount's root is the group itself.
func (r Reader) groupFolder(mount, group string) string {
	folder := path.Join(mount, group)
	if _, err := fs.Stat(r.root, folder); err != nil {
		return mount
	}
	return folder
}

func (r Reader) readVersion2(usage *Usage, folder string) {
	if micros, ok := field(r.text(folder+"/cpu.stat"), "usage_usec"); ok {
		usage.CPU = time.Duration(micros) * time.Microsecond
	}
	if quota, period, ok := strings.Cut(strings.TrimSpace(r.text(folder+"/cpu.max")), " "); ok {
		usage.limitCPUs(number(quota), number(period))
	}
	usage.Memory = workingSet(number(r.text(folder+"/memory.current")), r.text(folder+"/memory.stat"), "inactive_file")
	usage.MemoryLimit = number(r.text(folder + "/memory.max"))
}

func (r Reader) readVersion1(usage *Usage, accounting, cpu, memory string) {
	if nanos := number(r.text(accounting + "/cpuacct.usage")); nanos >= 0 {
		usage.CPU = time.Duration(nanos)
	}
	usage.limitCPUs(number(r.text(cpu+"/cpu.cfs_quota_us")), number(r.text(cpu+"/cpu.cfs_period_us")))
	usage.Memory = workingSet(number(r.text(memory+"/memory.usage_in_bytes")), r.text(memory+"/memory.stat"), "total_inactive_file")
	if limit := number(r.text(memory + "/memory.limit_in_bytes")); limit < unlimited {
		usage.MemoryLimit = limit
	}
}

func (u *Usage) limitCPUs(quota, period int64) {
	if quota > 0 && period > 0 {
		u.CPUs = min(u.CPUs, float64(quota)/float64(period))
	}
}

// workingSet is what can't be dropped, as Kubernetes counts it.
func workingSet(used int64, statistics, inactive string) int64 {
	if used < 0 {
		return -1
	}
	dropped, _ := field(statistics, inactive)
	return max(0, used-dropped)
}

// text is a file's content, empty where it can't be read.
func (r Reader) text(name string) string {
	content, err := fs.ReadFile(r.root, name)
	if err != nil {
		return ""
	}
	return string(content)
}

// number reads a whole number; what is none, such as "max", is -1.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// field finds "name number" among lines.
func field(text, name string) (int64, bool) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) >= 2 && strings.TrimSuffix(fields[0], ":") == name {
			n := number(fields[1])
			return n, n >= 0
		}
	}
	return 0, false
}
