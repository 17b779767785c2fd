// Package preflight finds what a machine lacks to run a cluster, before anything
// is changed on it, and says how it is had.
package preflight

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is what is looked at. The zero value's paths are those of this machine.
type Machine struct {
	UserID int
	// Filesystems is the kernel's list, /proc/filesystems.
	Filesystems string
	// Plugins is the folder of network plugins.
	Plugins string
	// LookPath finds a program by its name.
	LookPath func(string) (string, error)
	// StateDir will hold images, volumes and logs.
	StateDir string
	// FreeBytes is the room on the disk of StateDir.
	FreeBytes uint64
}

// roomWanted is what images, layers and volumes of the tests take, twice over.
const roomWanted = 4 << 30

// providers are Debian's packages and a program that each brings. A program with
// a path is looked for there.
var providers = []struct{ program, pkg string }{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{"iptables", "iptables"},
	{"nft", "nftables"},
	{"conntrack", "conntrack"},
	{"nsenter", "util-linux"},
}

// plugins come with the package containernetworking-plugins.
var plugins = []string{"bridge", "host-local", "loopback", "portmap"}

// Look looks at this machine.
func Look(stateDir string) (Machine, error) {
	if runtime.GOOS != "linux" {
		return Machine{}, errors.New("a cluster needs Linux: its namespaces, control groups and overlayfs")
	}
	filesystems, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		return Machine{}, fmt.Errorf("read the kernel's filesystems: %w", err)
	}
	free, err := freeBytes(stateDir)
	if err != nil {
		return Machine{}, err
	}
	return Machine{
		UserID: os.Geteuid(), Filesystems: string(filesystems), Plugins: "/usr/lib/cni",
		LookPath: lookPath, StateDir: stateDir, FreeBytes: free,
	}, nil
}

// lookPath finds a program as the cluster will: some users' search path lacks the
// administrator's folders.
func lookPath(name string) (string, error) {
	for _, folder := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(name)
}

// Check names everything that is missing, or is nil.
func (m Machine) Check() error {
	if m.UserID != 0 {
		return errors.New("a cluster needs root, to make namespaces, mounts and control groups: run this as root")
	}
	var problems []error
	if packages := m.missingPackages(); len(packages) > 0 {
		problems = append(problems, fmt.Errorf("programs are missing: apt-get install -y --no-install-recommends %s",
			strings.Join(packages, " ")))
	}
	if !strings.Contains(m.Filesystems, "\toverlay\n") {
		problems = append(problems, errors.New("the kernel offers no overlayfs, which containers are stacked with: modprobe overlay"))
	}
	if m.FreeBytes < roomWanted {
		problems = append(problems, fmt.Errorf("%s has %d MiB free where %d are needed: make room, or name a folder elsewhere with --state-dir",
			m.StateDir, m.FreeBytes>>20, roomWanted>>20))
	}
	return errors.Join(problems...)
}

func (m Machine) missingPackages() []string {
	var missing []string
	seen := map[string]bool{}
	add := func(pkg string) {
		if !seen[pkg] {
			seen[pkg] = true
			missing = append(missing, pkg)
		}
	}
	for _, provider := range providers {
		if _, err := m.LookPath(provider.program); err != nil {
			add(provider.pkg)
		}
	}
	for _, plugin := range plugins {
		if _, err := os.Stat(filepath.Join(m.Plugins, plugin)); err != nil {
			add("containernetworking-plugins")
		}
	}
	return missing
}

// freeBytes is the room on the disk that holds the folder or will hold it.
func freeBytes(dir string) (uint64, error) {
	for {
		var stat unix.Statfs_t
		err := unix.Statfs(dir, &stat)
		if err == nil {
			return stat.Bavail * uint64(stat.Bsize), nil
		}
		if !errors.Is(err, unix.ENOENT) || dir == filepath.Dir(dir) {
			return 0, fmt.Errorf("ask for the room on the disk of %s: %w", dir, err)
		}
		dir = filepath.Dir(dir)
	}
}
