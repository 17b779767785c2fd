package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Process is the first process of the cluster's namespaces. All others end with it.
type Process struct {
	PID int `json:"pid"`
	// Started is the process' start in clock ticks since boot: together with the
	// PID it names one process for ever, while a PID alone is given out again.
	Started string `json:"started"`
}

// SetProcess records the cluster's first process.
func (d Dir) SetProcess(pid int) error {
	started, err := startTime(pid)
	if err != nil {
		return err
	}
	return d.write("process.json", Process{PID: pid, Started: started})
}

// Process is the cluster's first process, if it still runs.
func (d Dir) Process() (process Process, running bool, err error) {
	err = d.read("process.json", &process)
	if errors.Is(err, os.ErrNotExist) {
		return process, false, nil
	}
	if err != nil {
		return process, false, err
	}
	started, err := startTime(process.PID)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return process, false, nil
	}
	return process, err == nil && started == process.Started, err
}

// Kill ends the cluster's first process, and so every process of the cluster,
// and returns when they are gone.
func (p Process) Kill(ctx context.Context) error {
	fd, err := unix.PidfdOpen(p.PID, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", p.PID, err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill process %d: %w", p.PID, err)
	}
	for {
		// The descriptor becomes readable when the process has ended; the kernel
		// ends the first process of a namespace after all others in it.
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 200)
		if ready > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for process %d: %w", p.PID, err)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait for process %d to end: %w", p.PID, context.Cause(ctx))
		}
	}
}

// startTime is field 22 of /proc/PID/stat; the name in field 2 may hold spaces.
func startTime(pid int) (string, error) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", fmt.Errorf("look for process %d: %w", pid, err)
	}
	_, rest, found := strings.Cut(string(content), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 20 {
		return "", fmt.Errorf("/proc/%d/stat reads %q", pid, content)
	}
	if fields[0] == "Z" {
		return "", fmt.Errorf("process %d: %w", pid, os.ErrNotExist)
	}
	return fields[19], nil
}
