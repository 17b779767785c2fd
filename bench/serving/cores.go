package main

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

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
