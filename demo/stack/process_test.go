package stack_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/demo/stack"
)

// actAs makes this test's program run something else, as a process of its own.
const actAs = "STACK_TEST_ACT_AS"

func TestMain(m *testing.M) {
	if os.Getenv(actAs) == "parent" {
		os.Exit(parent())
	}
	os.Exit(m.Run())
}

// parent starts a child, says its id and waits to be killed.
func parent() int {
	child, err := stack.Start(stack.Program{Path: "sleep", Args: []string{"1000"}})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(child.ID())
	<-child.Done()
	return 0
}

// group gives the living processes of a group.
func group(t *testing.T, id int) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	var members []string
	for _, path := range stats {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// pid (name) state ppid pgrp …; a name may hold spaces and parentheses.
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		if fields[2] == strconv.Itoa(id) && fields[0] != "Z" {
			members = append(members, string(content))
		}
	}
	return members
}

// tree starts a shell with two children and returns once all three run.
func tree(t *testing.T, script string) *stack.Process {
	t.Helper()
	reader, writer := io.Pipe()
	process, err := stack.Start(stack.Program{Path: "sh", Args: []string{"-c", script}, Stdout: writer})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, process.Stop(0)) })
	line, err := bufio.NewReader(reader).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	require.GreaterOrEqual(t, len(group(t, process.ID())), 3)
	return process
}

func TestStopLeavesNoProcessOfTheTree(t *testing.T) {
	for _, c := range []struct {
		name, script string
		grace        time.Duration
	}{
		{"a tree that obeys", "sleep 1000 & sleep 1000 & echo ready; wait", time.Minute},
		{"a tree that ignores being asked", "trap '' TERM; sleep 1000 & sleep 1000 & echo ready; while :; do wait; done", 10 * time.Millisecond},
		{"children that ignore what their parent obeys", "(trap '' TERM; sleep 1000) & (trap '' TERM; sleep 1000) & sleep 1; echo ready; wait", time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			process := tree(t, c.script)
			require.NoError(t, process.Stop(c.grace))
			<-process.Done()
			require.Eventually(t, func() bool { return len(group(t, process.ID())) == 0 }, time.Minute, 10*time.Millisecond)
			require.NoError(t, process.Stop(c.grace), "stopping again does nothing")
		})
	}
}

func TestAProcessDiesWithTheOneThatStartedIt(t *testing.T) {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), actAs+"=parent")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, line)
	require.Len(t, group(t, child), 1)

	require.NoError(t, command.Process.Kill())
	var killed *exec.ExitError
	require.ErrorAs(t, command.Wait(), &killed)
	require.Eventually(t, func() bool { return len(group(t, child)) == 0 }, time.Minute, 10*time.Millisecond)
}

func TestRun(t *testing.T) {
	t.Run("a program that succeeds", func(t *testing.T) {
		var stdout bytes.Buffer
		require.NoError(t, stack.Run(t.Context(), stack.Program{Path: "echo", Args: []string{"done"}, Stdout: &stdout}, 0))
		require.Equal(t, "done\n", stdout.String())
	})
	t.Run("a program that fails", func(t *testing.T) {
		var exit *exec.ExitError
		require.ErrorAs(t, stack.Run(t.Context(), stack.Program{Path: "false"}, 0), &exit)
		require.Equal(t, 1, exit.ExitCode())
	})
	t.Run("a program that isn't there is named", func(t *testing.T) {
		require.ErrorContains(t, stack.Run(t.Context(), stack.Program{Path: "/no/such/pipelines"}, 0), "/no/such/pipelines")
	})
	t.Run("a context that ends stops the program, and its cause is the error", func(t *testing.T) {
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		reader, writer := io.Pipe()
		go func() {
			_, _ = bufio.NewReader(reader).ReadString('\n')
			cancel(why)
		}()
		err := stack.Run(ctx, stack.Program{Path: "sh", Args: []string{"-c", "sleep 1000 & echo ready; wait"}, Stdout: writer}, time.Minute)
		require.ErrorIs(t, err, why)
	})
	t.Run("the demo's own flags don't reach it", func(t *testing.T) {
		t.Setenv("DAYBREAK_DATA", "/elsewhere")
		var stdout bytes.Buffer
		require.NoError(t, stack.Run(t.Context(), stack.Program{Path: "env", Stdout: &stdout}, 0))
		require.NotContains(t, stdout.String(), "DAYBREAK_DATA")
	})
}

func TestAProgramAndWhatItStartsGiveWay(t *testing.T) {
	var stdout bytes.Buffer
	begun := stack.Program{Path: "sh", Args: []string{"-c", "nice; sh -c nice"}, Stdout: &stdout, Nice: 10}
	priority, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	require.NoError(t, err)
	nicer := strconv.Itoa(min(20-priority+10, 19))
	require.NoError(t, stack.Run(t.Context(), begun, 0))
	require.Equal(t, nicer+"\n"+nicer+"\n", stdout.String())
}

func TestAPredictorThatEndsAtOnceIsHeard(t *testing.T) {
	program := filepath.Join(t.TempDir(), "predictor")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho 'listen: address already in use' >&2\nexit 1\n"), 0o755))
	_, err := stack.StartPredictor(t.Context(), program, "none", 1, filepath.Join(t.TempDir(), "predictor.log"))
	require.ErrorContains(t, err, "it ended at once: listen: address already in use")
}

func TestPortIsTheWantedOneUnlessItIsTaken(t *testing.T) {
	free, err := stack.Port(t.Context(), 0)
	require.NoError(t, err)
	require.NotZero(t, free)

	same, err := stack.Port(t.Context(), free)
	require.NoError(t, err)
	require.Equal(t, free, same)

	taken := listener(t)
	other, err := stack.Port(t.Context(), taken)
	require.NoError(t, err)
	require.NotEqual(t, taken, other)
}

func TestSignalsOfAnEndedProcessAreNoError(t *testing.T) {
	process, err := stack.Start(stack.Program{Path: "true"})
	require.NoError(t, err)
	<-process.Done()
	require.ErrorIs(t, syscall.Kill(-process.ID(), 0), syscall.ESRCH)
	require.NoError(t, process.Stop(time.Minute))
}

// listener listens on a port of 127.0.0.1 until the test ends.
func listener(t *testing.T) int {
	t.Helper()
	socket, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, socket.Close()) })
	return socket.Addr().(*net.TCPAddr).Port
}
