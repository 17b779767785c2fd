package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/mlflowtest"
	"github.com/daybreak-ml/daybreak/mlflow/server"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

func TestAVersionIsFetchedFromMLflowAsKServeAsksForIt(t *testing.T) {
	registry := startRegistry(t)
	registry.register(t, 1, nil)
	registry.register(t, 2, func(dir string) {
		flip(t, filepath.Join(dir, "model.safetensors"))
	})
	require.NoError(t, registry.client.SetAlias(t.Context(), "recommender", "champion", "1"))
	t.Setenv("MLFLOW_TRACKING_URI", registry.client.URI())

	t.Run("the model lies in a folder named by its version, and nothing beside it", func(t *testing.T) {
		dest := t.TempDir()
		code, stdout, stderr := run(t, "mlflow://recommender/1", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		require.Contains(t, stdout, filepath.Join(dest, "1"))
		require.Equal(t, []string{"1"}, entries(t, dest))
		requireAnswers(t, filepath.Join(dest, "1"))
	})
	t.Run("a second run leaves what is there", func(t *testing.T) {
		dest := t.TempDir()
		code, _, stderr := run(t, "mlflow://recommender/1", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		before, err := os.Stat(filepath.Join(dest, "1"))
		require.NoError(t, err)
		code, _, stderr = run(t, "mlflow://recommender/1", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		require.Contains(t, stderr, "there already")
		after, err := os.Stat(filepath.Join(dest, "1"))
		require.NoError(t, err)
		require.True(t, os.SameFile(before, after))
	})
	t.Run("what a killed run left is cleared, and a damaged folder is fetched anew", func(t *testing.T) {
		dest := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dest, ".fetched-1", "old"), 0o755))
		code, _, stderr := run(t, "mlflow://recommender/1", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		flip(t, filepath.Join(dest, "1", "items.parquet"))
		code, _, stderr = run(t, "mlflow://recommender/1", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		require.Contains(t, stderr, "items.parquet")
		require.Equal(t, []string{"1"}, entries(t, dest))
		requireAnswers(t, filepath.Join(dest, "1"))
	})
	t.Run("an alias is followed where the installation allows it", func(t *testing.T) {
		dest := t.TempDir()
		code, _, stderr := run(t, "--allow-alias", "mlflow://recommender@champion", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		require.Equal(t, []string{"1"}, entries(t, dest))
	})
	t.Run("a folder of a run is fetched", func(t *testing.T) {
		dest := t.TempDir()
		code, _, stderr := run(t, "mlflow-run://"+registry.runs[0]+"/model", dest)
		require.Equal(t, command.Succeeded, code, stderr)
		require.Equal(t, []string{"1"}, entries(t, dest))
		requireAnswers(t, filepath.Join(dest, "1"))
	})
	t.Run("the files of a mounted Secret say where MLflow is", func(t *testing.T) {
		secret := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(secret, "MLFLOW_TRACKING_URI"), []byte(registry.client.URI()+"\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(secret, "PATH"), []byte("/nowhere"), 0o600))
		t.Setenv("MLFLOW_TRACKING_URI", "")
		require.NoError(t, os.Unsetenv("MLFLOW_TRACKING_URI"))
		code, _, stderr := run(t, "--credentials-dir", secret, "mlflow://recommender/1", t.TempDir())
		require.Equal(t, command.Succeeded, code, stderr)
		require.NotEqual(t, "/nowhere", os.Getenv("PATH"))
	})
	t.Run("what a killed container had downloaded is not downloaded again", func(t *testing.T) {
		dest := t.TempDir()
		between := newBetween(t, registry.client.URI())
		between.cutAt("model.safetensors", func() {})
		short, err := mlflow.New(between.uri, mlflow.WithRetry(mlflow.Retry{Attempts: 1}))
		require.NoError(t, err)
		_, err = Fetch(t.Context(), short, Source{Model: "recommender", Version: "1"}, dest)
		require.Error(t, err)
		require.NoDirExists(t, filepath.Join(dest, "1"))
		_, err = Fetch(t.Context(), short, Source{Model: "recommender", Version: "1"}, dest)
		require.NoError(t, err)
		require.Equal(t, []string{"1"}, entries(t, dest))
		require.Regexp(t, `^bytes=[1-9]\d*-$`, between.lastRange("model.safetensors"))
		requireAnswers(t, filepath.Join(dest, "1"))
	})
	for _, c := range []struct {
		name, uri string
		code      int
		stderr    []string
	}{
		{"a damaged artifact is refused and the file is named", "mlflow://recommender/2", command.Failed,
			[]string{"model.safetensors", "SHA-256", "name an earlier version"}},
		{"a version that isn't there is refused, and where to look is said", "mlflow://recommender/99", command.Failed,
			[]string{"version 99", "not found", "/#/models/recommender"}},
		{"a registered model that isn't there is refused", "mlflow://nosuch/1", command.Failed,
			[]string{"nosuch", "not found"}},
		{"an alias is refused", "mlflow://recommender@champion", command.Misused,
			[]string{"names an alias", "mlflow://recommender/13", "--allow-alias"}},
		{"a run that isn't there is refused", "mlflow-run://" + strings.Repeat("0", 32) + "/model", command.Failed,
			[]string{"not found", "look for the run's id at"}},
		{"a folder that isn't there is refused", "mlflow-run://" + registry.runs[0] + "/none", command.Failed,
			[]string{`"none" of run`, "there are no files"}},
		{"another scheme is refused", "s3://bucket/model", command.Misused, []string{"mlflow://recommender/13"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dest := t.TempDir()
			code, stdout, stderr := run(t, c.uri, dest)
			require.Equal(t, c.code, code, stderr)
			require.Empty(t, stdout)
			for _, text := range c.stderr {
				require.Contains(t, stderr, text)
			}
			require.NoDirExists(t, filepath.Join(dest, "2"), "nothing half-written appears")
		})
	}
	t.Run("an MLflow that restarts half-way is waited for", func(t *testing.T) {
		between := newBetween(t, registry.client.URI())
		restarted := make(chan struct{})
		between.cutAt("model.safetensors", func() {
			between.goneUntil(restarted)
			require.NoError(t, registry.running.Stop())
			go func() {
				defer close(restarted)
				registry.start(t)
				between.lead(t, registry.running.URI())
			}()
		})
		t.Setenv("MLFLOW_TRACKING_URI", between.uri)
		dest := t.TempDir()
		code, _, stderr := run(t, "mlflow://recommender/1", dest)
		<-restarted
		require.Equal(t, command.Succeeded, code, stderr)
		requireAnswers(t, filepath.Join(dest, "1"))
	})
}

func TestMLflowThatIsDownIsNamed(t *testing.T) {
	uri := mlflowtest.DownURI(t)
	client, err := mlflow.New(uri, mlflow.WithRetry(mlflow.Retry{Attempts: 1}))
	require.NoError(t, err)
	dest := t.TempDir()

	_, err = Fetch(t.Context(), client, Source{Model: "recommender", Version: "1"}, dest)

	require.ErrorContains(t, err, uri+" is unavailable")
	require.ErrorContains(t, err, "check that the server runs there")
	require.Empty(t, entries(t, dest))
}

func TestWithoutATrackingURITheVariableIsNamed(t *testing.T) {
	t.Setenv("MLFLOW_TRACKING_URI", "")
	require.NoError(t, os.Unsetenv("MLFLOW_TRACKING_URI"))
	code, _, stderr := run(t, "mlflow://recommender/1", t.TempDir())
	require.Equal(t, command.Misused, code)
	require.Contains(t, stderr, "MLFLOW_TRACKING_URI")
}

func TestTheReasonIsLeftWhereKubernetesReadsIt(t *testing.T) {
	log := filepath.Join(t.TempDir(), "termination-log")
	require.NoError(t, leaveLastWords(log, os.ErrDeadlineExceeded), "outside of a container there is no such file")
	require.NoFileExists(t, log)
	require.NoError(t, os.WriteFile(log, []byte("what was there before, which is longer"), 0o644))
	require.NoError(t, leaveLastWords(log, os.ErrDeadlineExceeded))
	content, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "i/o timeout\n", string(content))
}

// run runs the program.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = command.RunArgs(t.Context(), "initializer", "", &initializer{}, args, &out, &errs)
	return code, out.String(), errs.String()
}

// registry is a real MLflow with versions of the registered model "recommender".
type registry struct {
	client  *mlflow.Client
	running *server.Server
	dir     string
	runs    []string
}

func startRegistry(t *testing.T) *registry {
	t.Helper()
	r := &registry{dir: t.TempDir()}
	r.start(t)
	t.Cleanup(func() { require.NoError(t, r.running.Stop()) })
	var err error
	r.client, err = mlflow.New(r.running.URI())
	require.NoError(t, err)
	return r
}

func (r *registry) start(t *testing.T) {
	t.Helper()
	var err error
	r.running, err = server.Start(context.Background(), server.Options{Dir: r.dir})
	require.NoError(t, err)
}

// register registers the next version: a small model of the seed, that damage, if any, was done to.
func (r *registry) register(t *testing.T, seed uint64, damage func(dir string)) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, seed, modeltest.Small)))
	ctx := t.Context()
	experiment, err := r.client.EnsureExperiment(ctx, "daybreak")
	require.NoError(t, err)
	made, err := r.client.EnsureRun(ctx, experiment, dir, "night", nil)
	require.NoError(t, err)
	require.NoError(t, r.client.UploadFolder(ctx, made, dir, "model"))
	if damage != nil {
		damage(dir)
		require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return r.client.UploadFile(ctx, made, filepath.Join(dir, name), "model/"+name) // one by one nothing is compared
		}))
	}
	require.NoError(t, r.client.EnsureRegisteredModel(ctx, "recommender", ""))
	_, err = r.client.EnsureVersion(ctx, "recommender", made.ID, "model", nil)
	require.NoError(t, err)
	r.runs = append(r.runs, made.ID)
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o644))
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	return names
}

func requireAnswers(t *testing.T, dir string) {
	t.Helper()
	loaded, err := model.Load(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, loaded.Close()) }()
	answer, err := loaded.Recommend(model.Request{User: modeltest.UserID(0), K: 5})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(answer.Items[0].ID, "item-"))
}
