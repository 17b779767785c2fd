package main

import (
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/dependencies"
)

var update = flag.Bool("update", false, "write dependencies.txt anew")

func TestWhatTheInitializerLinks(t *testing.T) {
	linked, err := dependencies.Of(".")
	require.NoError(t, err)
	require.Empty(t, linked.Kubernetes())
	require.NoError(t, linked.Compare("dependencies.txt", *update))
	for _, path := range linked.Own() {
		part, _, _ := strings.Cut(path, "/")
		require.Contains(t, []string{"mlflow", "model", "command"}, part)
	}
}
