package isolation

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// lockDescriptor is where Start hands the cluster's lock to the first process.
const lockDescriptor = 3

// Start starts this program again, with the given arguments, as the first
// process of new process, mount and network namespaces and of a session of its
// own. It holds the lock for as long as it lives and writes to output.
func Start(arguments []string, lock, output *os.File) (*exec.Cmd, error) {
	command := exec.Command("/proc/self/exe", arguments...)
	command.Dir = "/"
	command.Stdout, command.Stderr = output, output
	command.ExtraFiles = []*os.File{lock}
	command.SysProcAttr = &unix.SysProcAttr{
		Setsid:     true,
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC,
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start a process in namespaces of its own: %w", err)
	}
	return command, nil
}

// Init is the work of the namespaces' first process: it starts the program
// again with the given arguments and collects every process that ends, its own
// child's as well as those whose parent has gone. It returns when its child has.
func Init(arguments []string) error {
	unix.CloseOnExec(lockDescriptor)
	child, err := os.StartProcess("/proc/self/exe", append([]string{os.Args[0]}, arguments...),
		&os.ProcAttr{Dir: "/", Env: os.Environ(), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("wait for a process to end: %w", err)
		case pid == child.Pid:
			return fmt.Errorf("the supervisor ended (exit code %d, signal %d)", status.ExitStatus(), status.Signal())
		}
	}
}

// Enter is the command that runs another inside the namespaces of the process,
// in the given working directory.
func Enter(pid int, dir string, arguments []string, input io.Reader, output, errors io.Writer) *exec.Cmd {
	command := exec.Command("nsenter", append([]string{
		"--target", fmt.Sprint(pid), "--mount", "--net", "--pid", "--ipc", "--wd=" + dir, "--",
	}, arguments...)...)
	command.Stdin, command.Stdout, command.Stderr = input, output, errors
	return command
}
