package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/daybreak-ml/daybreak/events"
)

// Program is the trainer's program on this machine. What it logs goes on to Log.
type Program struct {
	Path string
	Log  io.Writer
}

// Means are a setting's metrics, averaged over shoppers.
type Means struct {
	Users  int     `json:"users"`
	Recall float64 `json:"recall@20"`
	NDCG   float64 `json:"ndcg@20"`
}

// Measured is how one model did on a day.
type Measured struct {
	ModelDir string `json:"model_dir"`
	All      Means  `json:"all"`
	New      Means  `json:"new"`
}

// Prequential measures models on a day that none of them has learned from.
func (p Program) Prequential(ctx context.Context, models []string, store string, day events.Day, config string) ([]Measured, error) {
	var report struct {
		Models []Measured `json:"models"`
	}
	args := []string{"prequential", "--models", strings.Join(models, ","), "--events", store, "--day", day.String()}
	if err := p.run(ctx, withConfig(args, config), &report); err != nil {
		return nil, fmt.Errorf("measure %d models on %s: %w", len(models), day, err)
	}
	if len(report.Models) != len(models) {
		return nil, fmt.Errorf("measure models on %s: the trainer answered for %d of %d models", day, len(report.Models), len(models))
	}
	return report.Models, nil
}

// Comparison says what a paired comparison holds.
type Comparison struct {
	Rows     int `json:"rows"`
	Shoppers int `json:"shoppers"`
	// Skipped says why there is nothing to compare on; empty where there is.
	Skipped string `json:"skipped"`
}

// Compare measures two models on the holdout group, and writes each shopper's metrics to the Parquet
// file out.
func (p Program) Compare(ctx context.Context, older, newer, store, config, out string) (Comparison, error) {
	var comparison Comparison
	args := []string{"compare", "--models", older + "," + newer, "--events", store, "--out", out}
	if err := p.run(ctx, withConfig(args, config), &comparison); err != nil {
		return Comparison{}, fmt.Errorf("compare %s with %s: %w", newer, older, err)
	}
	return comparison, nil
}

func withConfig(args []string, config string) []string {
	if config == "" {
		return args
	}
	return append(args, "--config", config)
}

// killDelay is how long the program has to end by itself once it is told to.
const killDelay = 10 * time.Second

// run runs the program and decodes what it prints. The program dies with this process, however that
// ends, so that no trainer of a killed night writes beside that of the next.
func (p Program) run(ctx context.Context, args []string, result any) error {
	command := exec.CommandContext(ctx, p.Path, append(args, "--output", "json")...)
	command.Env = environment(os.Environ())
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = killDelay
	var stdout bytes.Buffer
	said := &tail{}
	command.Stdout = &stdout
	command.Stderr = said
	if p.Log != nil {
		command.Stderr = io.MultiWriter(p.Log, said)
	}
	ended := make(chan error)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child ends, so the thread is
		// kept until the child has ended.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		ended <- command.Run()
	}()
	if err := <-ended; err != nil {
		return fmt.Errorf("%s %s: %w", p.Path, args[0], said.explain(ctx, err))
	}
	if err := json.Unmarshal(stdout.Bytes(), result); err != nil {
		return fmt.Errorf("%s %s printed no JSON: %w", p.Path, args[0], err)
	}
	return nil
}

// environment leaves out the variables that stand for flags: those of the night are not the
// trainer's, even where they have one name.
func environment(variables []string) []string {
	return slices.DeleteFunc(variables, func(variable string) bool { return strings.HasPrefix(variable, "DAYBREAK_") })
}

// tailBytes is how much of what a program said last goes into an error.
const tailBytes = 2000

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if len(t.kept) > tailBytes {
		t.kept = t.kept[len(t.kept)-tailBytes:]
	}
	return len(p), nil
}

// explain adds to how a program ended what it said last.
func (t *tail) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	lines := strings.Split(strings.TrimSpace(string(t.kept)), "\n")
	last := lines[len(lines)-1]
	var exit *exec.ExitError
	if !errors.As(err, &exit) || last == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, last)
}
