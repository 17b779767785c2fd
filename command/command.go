package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"
)

// Exit codes of every program. A verdict (promote, reject, hold) is a result,
// not a failure, and exits with Succeeded.
const (
	Succeeded = 0
	Failed    = 1
	Misused   = 2
	// Work that goes on where it was when it is started again. Kubeflow's
	// ExitCode policy restarts what exits with 128 or more.
	Retry      = 138 // what it needs isn't there yet
	Terminated = 143 // a signal ended it
)

// Output is where a command writes its result.
type Output struct {
	Stdout io.Writer
	Format string // "text" or "json"
}

// IsJSON reports whether standard output must hold one JSON document and
// nothing else.
func (o *Output) IsJSON() bool { return o.Format == "json" }

// JSON writes v as an indented JSON document.
func (o *Output) JSON(v any) error {
	encoder := json.NewEncoder(o.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("write result as JSON: %w", err)
	}
	return nil
}

// Printf writes a line or lines of text for a person. With --output json it
// writes nothing, so that commands can describe what they do in either mode.
func (o *Output) Printf(format string, args ...any) {
	if o.IsJSON() {
		return
	}
	_, _ = fmt.Fprintf(o.Stdout, format, args...) // a closed terminal is no reason to fail
}

// UsageError is returned by a command that was called with values that can't
// be right; the program exits with Misused.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Usagef makes a UsageError.
func Usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// An ExitError is returned by a command that ends with a code of its own.
type ExitError struct {
	Code int
	Err  error
}

func (e *ExitError) Error() string { return e.Err.Error() }

// Unwrap returns what happened.
func (e *ExitError) Unwrap() error { return e.Err }

// globals are the flags that every program has.
type globals struct {
	Output   string `default:"text" enum:"text,json" help:"Form of the result on standard output: ${enum}."`
	LogLevel string `default:"info" enum:"debug,info,warn,error" help:"Least severe log record to write: ${enum}."`
}

// Run parses the process's arguments into cli, a pointer to a kong struct whose
// commands have a method Run(context.Context, *Output) error, runs the one that
// was chosen and returns the exit code. The context is cancelled by SIGINT and
// SIGTERM.
func Run(name, description string, cli any) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return RunArgs(ctx, name, description, cli, os.Args[1:], os.Stdout, os.Stderr)
}

// RunArgs is Run with everything it would take from the process given.
func RunArgs(ctx context.Context, name, description string, cli any, args []string, stdout, stderr io.Writer) int {
	var common globals
	exited := -1
	parser, err := kong.New(cli,
		kong.Name(name),
		kong.Description(description),
		kong.DefaultEnvars("DAYBREAK"),
		kong.Embed(&common),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
	)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: its flags are declared wrongly: %v\n", name, err)
		return Failed
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help was printed
		return exited
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v (see %s --help)\n", name, err, name)
		return Misused
	}
	slog.SetDefault(logger(stderr, common.LogLevel))
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(&Output{Stdout: stdout, Format: common.Output})
	var usage *UsageError
	var exit *ExitError
	switch {
	case err == nil:
		return Succeeded
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return Misused
	case errors.As(err, &exit):
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return exit.Code
	default:
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
		return Failed
	}
}

// logger writes text where a person watches and JSON where a machine collects.
func logger(w io.Writer, level string) *slog.Logger {
	var least slog.Level
	_ = least.UnmarshalText([]byte(level)) // the flag's enum admits only levels that parse
	options := &slog.HandlerOptions{Level: least}
	if IsTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// IsTerminal reports whether w is a terminal, where progress bars may be drawn.
func IsTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}
