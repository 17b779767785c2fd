package server

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a child in a process group of its own.
type process struct {
	command *exec.Cmd
	done    chan struct{} // closed once it has ended; command.ProcessState tells how
}

// launch starts the serving program. Its group is killed when this process
// dies, however that happens.
func launch(python string, application, environment []string, socket *os.File, logPath string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	command := exec.Command(python, append([]string{"-c", serveProgram, "3"}, application...)...) // 3 is the first of ExtraFiles
	command.Env = environment
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{socket}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	p := &process{command: command, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child
		// ends, so that thread is kept until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // the state it sets says the same
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("run %s: %w", python, err)
	}
	return p, nil
}

func (p *process) stop(grace time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-time.After(grace):
	}
	// The group, even if its first process ended: nothing it started stays.
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

func (p *process) signal(signal syscall.Signal) error {
	err := syscall.Kill(-p.command.Process.Pid, signal)
	if err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop MLflow server: %w", err)
	}
	return nil
}
