package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// idlest is the niceness of who runs after all others.
const idlest = 19

// longestAwake is for how long a core is kept awake at most.
const longestAwake = 10 * time.Minute

// whileAwake does something while a core is kept from sleeping, by a program that runs there only when nothing else does
// (sched(7), SCHED_IDLE). A core that sleeps takes its time to wake up, and finds its caches cold: a virtual machine's is given
// to others by the host meanwhile. That is the machine's, whoever serves, and machines on which latency counts are set up not to
// do it (idle=poll).
func whileAwake(core int, do func() error) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("keep a core awake: %w", err)
	}
	reading := exec.Command("chrt", "--idle", "0", "taskset", "-c", strconv.Itoa(core), program,
		"--clock-core", strconv.Itoa(core), "--clock", longestAwake.String())
	reading.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := reading.Start(); err != nil {
		return fmt.Errorf("keep a core awake: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = reading.Wait() // whose state says how it has ended
	}()
	reniceSession(strconv.Itoa(reading.Process.Pid), idlest)
	err = do()
	select {
	case <-ended: // the core may have slept
		return errors.Join(err, fmt.Errorf("keep a core awake: %s ended before its time (%s)", reading.Path, reading.ProcessState))
	default:
	}
	if killed := reading.Process.Kill(); killed != nil {
		return errors.Join(err, fmt.Errorf("keep a core awake: %w", killed))
	}
	<-ended // that it was killed is no news
	return err
}
