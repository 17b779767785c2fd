// Package resources reads what a program and its container use of the machine:
// from its control group, version 2 or 1, and from /proc where it has none.
package resources

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Usage is what was read at one moment. What can't be read is negative.
type Usage struct {
	CPU         time.Duration // processor time used since the group, or the machine, began
	CPUs        float64       // how many processors it may use
	Memory      int64         // bytes, without file pages that can be dropped
	MemoryLimit int64         // bytes
	Process     int64         // resident bytes of this process
	DiskUsed    int64         // bytes, of the file system that holds the working folder
	DiskFree    int64
	NetworkIn   int64 // bytes received since the network began, loopback excepted
	NetworkOut  int64
}

// Reader reads from a file system that looks like the root of a Linux system.
type Reader struct {
	root fs.FS
	dir  string // whose file system is measured
}

// NewReader reads from this system; dir chooses the file system whose space is
// measured.
func NewReader(dir string) Reader { return Reader{os.DirFS("/"), dir} }

// Read reads what is used now.
func (r Reader) Read() (Usage, error) {
	usage := Usage{CPU: -1, CPUs: float64(runtime.NumCPU()), Memory: -1, MemoryLimit: -1, Process: -1, DiskUsed: -1, DiskFree: -1, NetworkIn: -1, NetworkOut: -1}
	r.readGroup(&usage)
	if usage.CPU < 0 {
		usage.CPU = r.machineCPU()
	}
	total, available := r.machineMemory()
	if usage.Memory < 0 && total > 0 {
		usage.Memory = total - available
	}
	if usage.MemoryLimit < 0 || total > 0 && usage.MemoryLimit > total {
		usage.MemoryLimit = total
	}
	usage.Process = r.processMemory()
	usage.NetworkIn, usage.NetworkOut = r.network()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(r.dir, &disk); err == nil {
		size := disk.Bsize
		usage.DiskUsed = (int64(disk.Blocks) - int64(disk.Bfree)) * size
		usage.DiskFree = int64(disk.Bavail) * size
	}
	if usage.CPU < 0 && usage.Memory < 0 {
		return Usage{}, errors.New("neither /sys/fs/cgroup nor /proc says what is used")
	}
	return usage, nil
}
