package resources

import (
	"strings"
	"time"
)

// userHertz is the unit of /proc/stat, the same on every Linux that Go runs on.
const userHertz = 100

// machineCPU is the processor time that the whole machine used.
func (r Reader) machineCPU() time.Duration {
	for line := range strings.Lines(r.text("proc/stat")) {
		fields := strings.Fields(line)
		if len(fields) < 9 || fields[0] != "cpu" {
			continue
		}
		var ticks int64
		for i, value := range fields[1:9] { // user nice system idle iowait irq softirq steal
			if n := number(value); i != 3 && i != 4 && n > 0 {
				ticks += n
			}
		}
		return time.Duration(ticks) * (time.Second / userHertz)
	}
	return -1
}

func (r Reader) machineMemory() (total, available int64) {
	text := r.text("proc/meminfo")
	total, _ = field(text, "MemTotal")
	available, _ = field(text, "MemAvailable")
	return total << 10, available << 10
}

func (r Reader) processMemory() int64 {
	kilobytes, ok := field(r.text("proc/self/status"), "VmRSS")
	if !ok {
		return -1
	}
	return kilobytes << 10
}

// network sums what every interface but loopback received and sent.
func (r Reader) network() (in, out int64) {
	text := r.text("proc/net/dev")
	if text == "" {
		return -1, -1
	}
	for line := range strings.Lines(text) {
		name, counters, found := strings.Cut(line, ":")
		fields := strings.Fields(counters)
		if !found || strings.TrimSpace(name) == "lo" || len(fields) < 9 {
			continue
		}
		in += max(0, number(fields[0]))
		out += max(0, number(fields[8]))
	}
	return in, out
}
