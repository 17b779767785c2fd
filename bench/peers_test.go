package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// python writes a program that stands where Python would.
func python(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700))
	return path
}

func TestPeersAnswerIsRead(t *testing.T) {
	w, err := smallShop().week(monday)
	require.NoError(t, err)
	for _, c := range []struct {
		name, script, err string
	}{
		{"lists and seconds", `echo '{"versions":{"implicit":"0.7.3"},"peers":[{"name":"popularity","tune_seconds":3,
			"all":{"chosen":{"half_life_days":7},"fit_seconds":1,"lists":[["mug","bag"]]},
			"new":{"chosen":{"half_life_days":null},"fit_seconds":2,"lists":[["bag"]]}}]}'`, ""},
		{"Python fails", "exit 3", "requirements/peers.txt"},
		{"Python prints something else", "echo hello", "read what the peers printed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := peerProgram{Python: python(t, c.script), Folder: t.TempDir(), K: 20, Threads: 1, Rounds: 1}
			answer, err := program.run(context.Background(), w)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "0.7.3", answer.Versions["implicit"])
			measured, err := answer.Peers[0].measure(w, 20)
			require.NoError(t, err)
			require.InDelta(t, 1, measured.All.NDCG, 1e-9)
			require.InDelta(t, 1, measured.New.NDCG, 1e-9)
			require.InDelta(t, 1.5, measured.FitSeconds, 1e-9, "the mean of both fits")
			require.InDelta(t, 3, measured.TuneSeconds, 1e-9)
		})
	}
}
