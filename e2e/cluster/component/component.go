// Package component runs the programs a cluster is made of: each writes to a log of its
// own, is waited for until it answers, and is named, with its last lines, when it ends.
package component

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/daybreak-ml/daybreak/e2e/cluster/await"
)

// Component is one program of the cluster.
type Component struct {
	// Name names its log and is what a user reads when it fails.
	Name string
	// Command is the program's path and its arguments.
	Command []string
	// Env is added to the supervisor's environment.
	Env []string
	// Answers says whether it does its work. An error is kept and shown if it
	// never does. Nil: it is taken to answer once started.
	Answers func(ctx context.Context) error
	// Within bounds the wait for the first answer.
	Within time.Duration
}

// Set is the components that have been started.
type Set struct {
	// Logs is the folder of logs.
	Logs string
	// Died receives an error for each component that ends.
	Died chan error
}

// NewSet is an empty set that logs to the folder and has room for the deaths of
// the given number of components.
func NewSet(logs string, capacity int) *Set {
	return &Set{Logs: logs, Died: make(chan error, capacity)}
}

// Start starts the component and returns when it answers.
func (s *Set) Start(ctx context.Context, component Component) error {
	path := filepath.Join(s.Logs, component.Name+".log")
	log, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the log of %s: %w", component.Name, err)
	}
	command := exec.Command(component.Command[0], component.Command[1:]...)
	command.Env = append(os.Environ(), component.Env...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w", component.Name, err), log.Close())
	}
	ended := make(chan error, 1)
	go func() {
		err := command.Wait()
		_ = log.Close() // the child wrote through a descriptor of its own
		death := fmt.Errorf("%s has ended (%w); its last lines, from %s:\n%s", component.Name, endOf(err), path, LastLines(path, 15))
		ended <- death
		s.Died <- death
	}()
	if component.Answers == nil {
		return nil
	}
	return s.awaitAnswer(ctx, component, path, ended)
}

func (s *Set) awaitAnswer(ctx context.Context, component Component, path string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, component.Within)
	defer cancel()
	var last error
	err := await.True(ctx, 100*time.Millisecond, func() (bool, error) {
		select {
		case death := <-ended:
			return false, death
		default:
		}
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		last = component.Answers(attempt)
		return last == nil, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s does not answer after %v: %w; its last lines, from %s:\n%s",
			component.Name, component.Within, last, path, LastLines(path, 15))
	}
	return err
}

var errEnded = errors.New("exit code 0")

func endOf(err error) error {
	if err == nil {
		return errEnded
	}
	return err
}

// LastLines is the end of a text file, at most count lines of it.
func LastLines(path string, count int) string {
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = file.Close() }()
	const enough = 16 << 10
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, err = file.Seek(max(0, size-enough), io.SeekStart)
		if err != nil {
			return err.Error()
		}
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimRight(content, "\n"), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-count):], []byte("\n")))
}
