package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// urgent is the niceness of servers and load, so that what else runs on the machine comes after them. Without
// the right to it, they are as nice as ever.
const urgent = -20

// onCore returns a command that runs on a core alone, before all else there. It leads a session of its own, so that its
// niceness counts once hurry is called.
func onCore(core int, arguments ...string) *exec.Cmd {
	command := exec.Command("nice", append([]string{"-n", strconv.Itoa(urgent), "taskset", "-c", strconv.Itoa(core)}, arguments...)...)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	return command
}

// hurry has the session of a process, or of this one ("self"), come before others. It returns what undoes it.
func hurry(process string) (undo func()) { return reniceSession(process, urgent) }

// reniceSession sets the niceness of the session of a process, or of this one ("self"). Where sessions are scheduled as groups
// (sched(7), autogroup), the niceness of a process counts inside its session alone. It returns what undoes it.
func reniceSession(process string, niceness int) (undo func()) {
	path := filepath.Join("/proc", process, "autogroup")
	before, err := os.ReadFile(path) // such as "/autogroup-6 nice 0"
	if err != nil {
		return func() {} // sessions aren't scheduled as groups
	}
	_ = os.WriteFile(path, []byte(strconv.Itoa(niceness)), 0) // without the right to it, it is as nice as ever
	return func() {
		if _, was, found := bytes.Cut(bytes.TrimSpace(before), []byte(" nice ")); found {
			_ = os.WriteFile(path, was, 0)
		}
	}
}

// keepToLoadCore keeps this process, whose threads to come inherit it, off the server's core.
func keepToLoadCore() error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if err := keepThread(id, loadCore); err != nil {
			return err
		}
	}
	return nil
}

// keepThread keeps a thread, 0 for the caller's, to a core, before all else that runs there.
func keepThread(id, core int) error {
	var own unix.CPUSet
	own.Set(core)
	if err := unix.SchedSetaffinity(id, &own); err != nil {
		return fmt.Errorf("keep a thread to core %d: %w", core, err)
	}
	_ = unix.Setpriority(unix.PRIO_PROCESS, id, urgent) // without the right to it, it is as nice as ever
	return nil
}
