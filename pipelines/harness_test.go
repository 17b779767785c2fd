package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/server"
	"github.com/daybreak-ml/daybreak/pipelines/night"
	"github.com/daybreak-ml/daybreak/pipelines/shoptest"
)

// What the tests share: the programs under test, an MLflow server that knows each test's model by
// another name, and a shop of which each test gets a copy.
var shared struct {
	pipelines, trainer, predictor string
	mlflow                        *server.Server
	export                        string // of the shop
	history                       string // data folder with the days before the first night ingested
}

// historyDays is how many days the shop has behind it when the first night comes, and mostNights how
// many nights a test may have.
const (
	historyDays = 30
	mostNights  = 4
)

func TestMain(m *testing.M) {
	os.Exit(runWithPrograms(m))
}

func runWithPrograms(m *testing.M) int {
	dir, err := os.MkdirTemp("", "daybreak-pipelines-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = shared.mlflow.Stop() }()
	return m.Run()
}

// prepare makes what the tests share.
func prepare(dir string) (err error) {
	build := exec.Command("go", "build", "-o", dir, "./pipelines", "./trainer", "./predictor")
	build.Dir = shoptest.Root()
	if said, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the programs: %w\n%s", err, said)
	}
	shared.pipelines = filepath.Join(dir, "pipelines")
	shared.trainer = filepath.Join(dir, "trainer")
	shared.predictor = filepath.Join(dir, "predictor")
	shared.export = filepath.Join(dir, "export")
	shared.history = filepath.Join(dir, "history")
	if err := shoptest.Export(shared.export, historyDays+mostNights); err != nil {
		return err
	}
	last := shoptest.Start().AddDays(historyDays - 1)
	ingest := exec.Command(shared.pipelines, "ingest", "--source", shared.export, "--mapping", shoptest.MappingFile(),
		"--events", shared.history, "--until", last.String())
	if said, err := ingest.CombinedOutput(); err != nil {
		return fmt.Errorf("ingest the shop's history: %w\n%s", err, said)
	}
	shared.mlflow, err = server.Start(context.Background(), server.Options{Dir: filepath.Join(dir, "mlflow")})
	return err
}

// house is a shop with its data, a predictor, and a registered model of its own.
type house struct {
	t         *testing.T
	shop      *shoptest.Shop
	data      string
	model     string
	mlflowURI string
	predictor string // URL
	config    string // the trainer's settings
	client    *mlflow.Client
}

// fastTraining is good enough for a shop of 600.
const fastTraining = "rank: 8\nepochs: 2\n"

var houses atomic.Int64

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{
		t: t, shop: shoptest.Copy(t, shared.export), data: filepath.Join(t.TempDir(), "data"),
		model:     fmt.Sprintf("shop-%d", houses.Add(1)),
		mlflowURI: shared.mlflow.URI(),
		config:    filepath.Join(t.TempDir(), "train.yaml"),
	}
	require.NoError(t, os.WriteFile(h.config, []byte(fastTraining), 0o600))
	require.NoError(t, os.CopyFS(h.data, os.DirFS(shared.history)))
	var err error
	h.client, err = mlflow.New(shared.mlflow.URI())
	require.NoError(t, err)
	return h
}

// day is the day of the n-th night, from 0.
func (h *house) day(n int) events.Day { return h.shop.Days[historyDays+n] }

// startPredictor starts the service on a free port.
func (h *house) startPredictor() {
	h.t.Helper()
	command := exec.Command(shared.predictor, "--model_dir", filepath.Join(h.data, "serving", "current"),
		"--model_name", h.model, "--http_host", "127.0.0.1", "--http_port", "0", "--drain-delay", "0s", "--poll", "100ms")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := command.StderrPipe()
	require.NoError(h.t, err)
	require.NoError(h.t, command.Start())
	h.t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		var record struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "listening" {
			h.predictor = "http://" + record.Address
			break
		}
	}
	require.NotEmpty(h.t, h.predictor, "the predictor says where it listens")
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
}

// command is a run of pipelines.
func (h *house) command(args ...string) *exec.Cmd {
	command := exec.Command(shared.pipelines, args...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return command
}

func (h *house) nightArgs(day events.Day) []string {
	return []string{"night", "--date", day.String(), "--data", h.data,
		"--from-source", h.shop.Export, "--mapping", h.shop.Mapping,
		"--mlflow-uri", h.mlflowURI, "--predictor-url", h.predictor, "--model-name", h.model, "--experiment", h.model,
		"--trainer", shared.trainer, "--train-config", h.config, "--output", "json"}
}

// run runs pipelines to its end.
func (h *house) run(args ...string) (code int, stdout, stderr string) {
	h.t.Helper()
	command := h.command(args...)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(h.t, err, &exit)
	}
	return command.ProcessState.ExitCode(), out.String(), errs.String()
}

// night runs a night that must succeed.
func (h *house) night(day events.Day) night.Result {
	h.t.Helper()
	code, stdout, stderr := h.run(h.nightArgs(day)...)
	require.Zero(h.t, code, stderr)
	var result night.Result
	require.NoError(h.t, json.Unmarshal([]byte(stdout), &result), stdout)
	return result
}

// upToGate does a night step by step, up to and with the gate.
func (h *house) upToGate(day events.Day) {
	h.t.Helper()
	do := func(args ...string) {
		code, _, stderr := h.run(args...)
		require.Zero(h.t, code, stderr)
	}
	do("ingest", "--source", h.shop.Export, "--mapping", h.shop.Mapping, "--events", h.data, "--day", day.String())
	do("check", "--events", h.data, "--day", day.String())
	for _, step := range []string{"prequential", "train", "log", "register", "gate"} {
		do(append([]string{step}, h.nightArgs(day)[1:]...)...)
	}
}

// A moment is when a night says that a step begins, or ends, and so long after that.
type moment struct {
	step  night.Step
	when  string
	later time.Duration
}

// killAt runs a night and kills it, as kill -9 does, at the first of the moments that there is: none comes of what was done
// before. It is false where the night ended without any.
func (h *house) killAt(day events.Day, moments []moment) bool {
	h.t.Helper()
	reader, writer, err := commandtest.Pipe() // the night comes no further than to the end of the next step until it is killed
	require.NoError(h.t, err)
	command := h.command(h.nightArgs(day)...)
	command.Stderr = writer
	require.NoError(h.t, command.Start())
	require.NoError(h.t, writer.Close())
	killed := false
	lines := bufio.NewScanner(reader)
	lines.Buffer(make([]byte, 64<<10), 64<<10)
	for !killed && lines.Scan() {
		var record struct{ Msg, Step string }
		if json.Unmarshal(lines.Bytes(), &record) != nil {
			continue
		}
		at := slices.IndexFunc(moments, func(m moment) bool { return m.when == record.Msg && string(m.step) == record.Step })
		if at >= 0 {
			time.Sleep(moments[at].later)
			require.NoError(h.t, command.Process.Kill())
			killed = true
		}
	}
	_, _ = io.Copy(io.Discard, reader)
	require.NoError(h.t, reader.Close())
	_ = command.Wait()
	return killed
}

// account is what MLflow holds of the shop.
type account struct {
	runs     []mlflow.Run
	versions []mlflow.Version
	champion string
	newest   string // the challenger
}

func (h *house) account() account {
	h.t.Helper()
	ctx := context.Background()
	experiment, err := h.client.EnsureExperiment(ctx, h.model)
	require.NoError(h.t, err)
	var a account
	a.runs, err = h.client.SearchRuns(ctx, mlflow.RunQuery{ExperimentIDs: []string{experiment}, OrderBy: []string{"attributes.start_time ASC"}})
	require.NoError(h.t, err)
	a.versions, err = h.client.SearchVersions(ctx, mlflow.VersionQuery{Filter: "name = '" + h.model + "'", OrderBy: []string{"version_number ASC"}})
	require.NoError(h.t, err)
	for alias, version := range map[string]*string{"champion": &a.champion, "challenger": &a.newest} {
		named, err := h.client.VersionByAlias(ctx, h.model, alias)
		if !mlflow.IsNotFound(err) {
			require.NoError(h.t, err)
			*version = named.Version
		}
	}
	return a
}

// serving asks the service which version serves.
func (h *house) serving() string {
	h.t.Helper()
	response, err := http.Get(h.predictor + "/v2/models/" + h.model)
	require.NoError(h.t, err)
	defer func() { _ = response.Body.Close() }()
	var metadata struct{ Versions []string }
	require.NoError(h.t, json.NewDecoder(response.Body).Decode(&metadata))
	return strings.Join(metadata.Versions, ",")
}
