package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/mlflowtest"
)

func TestReplayWithMLflowDownKeepsWhatIsSpooled(t *testing.T) {
	uri := mlflowtest.DownURI(t)
	replay := func(spool string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = command.RunArgs(t.Context(), "pipelines", "", &pipelines{}, []string{"replay", "--spool", spool, "--mlflow-uri", uri}, &out, &errs)
		return code, out.String(), errs.String()
	}
	code, stdout, stderr := replay(t.TempDir())
	require.Equal(t, command.Succeeded, code, stderr)
	require.Equal(t, "0 runs replayed\n", stdout)

	spool := filepath.Join(t.TempDir(), "spool")
	client, err := mlflow.New(uri, mlflow.WithRetry(mlflow.Retry{Attempts: 1}))
	require.NoError(t, err)
	run, err := client.StartRun(t.Context(), mlflow.RunSpec{Experiment: "nights", Key: "k"}, mlflow.SpoolTo(spool))
	require.NoError(t, err)
	require.NoError(t, run.Close())
	code, _, stderr = replay(spool)
	require.Equal(t, command.Failed, code)
	require.Contains(t, stderr, uri+" is unavailable")
	kept, err := filepath.Glob(filepath.Join(spool, "*", "journal"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
}
