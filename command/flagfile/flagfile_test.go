package flagfile_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/command/flagfile"
)

type sortCommand struct {
	Config  flagfile.Path `help:"File of flags." type:"existingfile"`
	Limit   int           `default:"3" help:"How many."`
	Reverse bool          `help:"Largest first."`
	By      []string      `help:"Columns."`
}

func (*sortCommand) BeforeResolve(ctx *kong.Context) error { return flagfile.Load(ctx) }

func (c *sortCommand) Run(_ context.Context, out *command.Output) error {
	out.Printf("%d %t %v\n", c.Limit, c.Reverse, c.By)
	return nil
}

type sorter struct {
	Sort sortCommand `cmd:"" help:"Sort."`
}

func TestFlagsFromAFile(t *testing.T) {
	for _, c := range []struct {
		name, document string
		env            map[string]string
		args           []string
		code           int
		want           string // of standard output, or in standard error
	}{
		{"keys are flags", "limit: 7\nreverse: true\nby: [name, price]\n", nil, nil, command.Succeeded, "7 true [name price]\n"},
		{"what is left out has its default", "reverse: true\n", nil, nil, command.Succeeded, "3 true []\n"},
		{"an empty file changes nothing", "", nil, nil, command.Succeeded, "3 false []\n"},
		{"a flag wins", "limit: 7\n", nil, []string{"--limit=9"}, command.Succeeded, "9 false []\n"},
		{"the environment wins", "limit: 7\n", map[string]string{"DAYBREAK_LIMIT": "8"}, nil, command.Succeeded, "8 false []\n"},
		{"flags of every command may be there", "output: json\n", nil, nil, command.Succeeded, ""},
		{"an unknown key is named", "limmit: 7\n", nil, nil, command.Misused, "limmit: sort has no such flag"},
		{"a file names no other", "config: more.yaml\n", nil, nil, command.Misused, "config: sort has no such flag"},
		{"a value of the wrong type names the flag", "limit: many\n", nil, nil, command.Misused, "--limit"},
		{"a key without a value is named", "limit:\n", nil, nil, command.Misused, "limit: it must have one value, or a list of values"},
		{"a key with keys is named", "limit: {least: 1}\n", nil, nil, command.Misused, "limit: it must have one value, or a list of values"},
		{"no YAML", "limit: [", nil, nil, command.Misused, "night.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "night.yaml")
			require.NoError(t, os.WriteFile(path, []byte(c.document), 0o600))
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			var stdout, stderr bytes.Buffer
			args := append([]string{"sort", "--config", path}, c.args...)
			require.Equal(t, c.code, command.RunArgs(t.Context(), "prog", "A program.", &sorter{}, args, &stdout, &stderr), stderr.String())
			if c.code == command.Succeeded {
				require.Equal(t, c.want, stdout.String())
			} else {
				require.Contains(t, stderr.String(), c.want)
			}
		})
	}
}

func TestTheFileOfFlagsMayComeFromTheEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "night.yaml")
	require.NoError(t, os.WriteFile(path, []byte("limit: 7\n"), 0o600))
	t.Setenv("DAYBREAK_CONFIG", path)
	var stdout, stderr bytes.Buffer
	require.Equal(t, command.Succeeded, command.RunArgs(t.Context(), "prog", "A program.", &sorter{}, []string{"sort"}, &stdout, &stderr))
	require.Equal(t, "7 false []\n", stdout.String())
	require.Equal(t, command.Misused, command.RunArgs(t.Context(), "prog", "A program.", &sorter{}, nil, &stdout, &stderr), "no command")
}
