package command_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
)

type countCommand struct {
	Limit int `default:"3" help:"How many."`
}

func (c *countCommand) Run(_ context.Context, out *command.Output) error {
	switch c.Limit {
	case 0:
		return command.Usagef("--limit is 0; it must be 1 or more")
	case 13:
		return errors.New("read the counts: no such file")
	}
	if out.IsJSON() {
		return out.JSON(map[string]int{"limit": c.Limit})
	}
	out.Printf("limit %d\n", c.Limit)
	return nil
}

type program struct {
	Count countCommand `cmd:"" help:"Count."`
}

func run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = command.RunArgs(context.Background(), "prog", "A program.", &program{}, args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestExitCodesAndOutput(t *testing.T) {
	for _, c := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"a command that succeeds exits 0 and prints text", []string{"count"}, command.Succeeded, "limit 3\n", ""},
		{"--output json prints one document", []string{"count", "--output", "json"}, command.Succeeded, "{\n  \"limit\": 3\n}\n", ""},
		{"a failure exits 1 and says what failed", []string{"count", "--limit", "13"}, command.Failed, "", "read the counts"},
		{"a value that can't be right exits 2 and names the flag", []string{"count", "--limit", "0"}, command.Misused, "", "--limit is 0"},
		{"a value of the wrong type exits 2", []string{"count", "--limit", "x"}, command.Misused, "", "--limit"},
		{"an unknown flag exits 2", []string{"count", "--nosuch"}, command.Misused, "", "--nosuch"},
		{"no command exits 2", nil, command.Misused, "", "count"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(c.args...)
			require.Equal(t, c.code, code, stderr)
			if c.code != command.Misused {
				require.Equal(t, c.stdout, stdout)
			}
			require.Contains(t, stderr, c.stderr)
		})
	}
}

func TestHelpExitsZeroAndNamesTheEnvironment(t *testing.T) {
	code, stdout, _ := run("count", "--help")
	require.Equal(t, command.Succeeded, code)
	require.Contains(t, stdout, "DAYBREAK_LIMIT")
}

func TestEnvironmentSetsAFlag(t *testing.T) {
	t.Setenv("DAYBREAK_LIMIT", "7")
	code, stdout, _ := run("count")
	require.Equal(t, command.Succeeded, code)
	require.Equal(t, "limit 7\n", stdout)
}
