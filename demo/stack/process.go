// Package stack runs the programs of a demo: each in a process group of its own, ended by its process
// id, and gone when the demo is gone, however that ends.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pipeDelay is how long after a program's end its output may stay open, held by what it started.
const pipeDelay = time.Second

// Program is what to run. Nothing of its output is looked at here.
type Program struct {
	Path           string
	Args           []string
	Env            []string // besides this process's own
	Stdout, Stderr io.Writer
	// Nice is added to this process's niceness for the program and what it starts.
	Nice int
}

// Process is a program that was started.
type Process struct {
	name    string
	command *exec.Cmd
	done    chan struct{}
	err     error // how it ended; readable once done is closed
}

// Start starts a program in a process group of its own. It dies with this process.
func Start(program Program) (*Process, error) {
	command := exec.Command(program.Path, program.Args...)
	command.Env = append(environment(os.Environ()), program.Env...)
	command.Stdout, command.Stderr = program.Stdout, program.Stderr
	command.WaitDelay = pipeDelay
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	p := &Process{name: filepath.Base(program.Path), command: command, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child ends, so that thread is
		// kept until the child has ended.
		runtime.LockOSThread()
		var err error
		if program.Nice > 0 {
			err = giveWay(program.Nice) // before there is a child, which takes the thread's priority over
		} else {
			defer runtime.UnlockOSThread()
		}
		if err == nil {
			err = command.Start()
		}
		started <- err
		if err == nil {
			p.err = command.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", program.Path, err)
	}
	return p, nil
}

// giveWay adds to the niceness of the calling thread, which can't be lowered again: it must end with its goroutine.
func giveWay(nicer int) error {
	own, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // the kernel's answer is 20 less the niceness
	if err == nil {
		err = unix.Setpriority(unix.PRIO_PROCESS, 0, 20-own+nicer)
	}
	if err != nil {
		return fmt.Errorf("set its priority: %w", err)
	}
	return nil
}

// environment leaves out the variables that stand for flags: the demo's are not its programs', even
// where they have one name.
func environment(variables []string) []string {
	return slices.DeleteFunc(slices.Clone(variables), func(variable string) bool { return strings.HasPrefix(variable, "DAYBREAK_") })
}

// ID is the process's id, which is its group's too.
func (p *Process) ID() int { return p.command.Process.Pid }

// Done is closed when the program has ended, by Stop or by itself.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the group to end, kills what is left of it after the grace, and returns when the program
// has ended. Stopping one that has ended does no more than clear away what it left.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
	}
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

func (p *Process) signal(signal syscall.Signal) error {
	err := syscall.Kill(-p.ID(), signal)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	return nil
}

// Run runs a program to its end. When the context ends first, the program is stopped with the grace
// given, and the error is the context's cause.
func Run(ctx context.Context, program Program, grace time.Duration) error {
	p, err := Start(program)
	if err != nil {
		return err
	}
	select {
	case <-p.done:
		return errors.Join(p.err, p.Stop(0))
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), p.Stop(grace))
	}
}
