package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// installed returns a client's program. It lies in the folder that the environment variable names, or
// in .venv-clients, which make venv makes.
func installed(t *testing.T, program string) string {
	t.Helper()
	dir := os.Getenv("DAYBREAK_CLIENTS")
	if dir == "" {
		dir = filepath.Join("..", "..", ".venv-clients")
	}
	path, err := filepath.Abs(filepath.Join(dir, "bin", program))
	require.NoError(t, err)
	_, err = os.Stat(path)
	require.NoError(t, err, "%s is missing: make venv", program)
	return path
}

// run runs a program and returns what it printed to stdout.
func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Run(), "%s %v\n%s\n%s", name, args, stdout.String(), stderr.String())
	return stdout.Bytes()
}

// python runs one of the scripts of folder clients and returns the endpoints that it called.
func python(t *testing.T, script string, g given) []string {
	t.Helper()
	told, err := json.Marshal(g)
	require.NoError(t, err)
	printed := run(t, installed(t, "python"), "-B", filepath.Join("clients", script), string(told))
	var called []string
	require.NoError(t, json.Unmarshal(printed, &called), "%s", printed)
	return called
}
