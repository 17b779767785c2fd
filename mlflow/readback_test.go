package mlflow_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/server"
	"github.com/daybreak-ml/daybreak/mlflow/server/postgres"
)

// A server with users whose database is PostgreSQL: MLflow's Python client finds
// what ours wrote, and whoever may not is refused.
func TestWhatIsWrittenToAServerWithUsersOnPostgreSQLIsReadByThePythonClient(t *testing.T) {
	database, err := postgres.Start(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, database.Stop()) }()
	running, err := server.Start(t.Context(), server.Options{Dir: t.TempDir(), DatabaseURI: database.URI(), AdminPassword: "a long password"})
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Stop()) }()
	ctx := t.Context()
	client := newClient(t, running.URI(), mlflow.WithBasicAuth("admin", "a long password"))

	began := time.UnixMilli(1320710400123)
	events := mlflow.Dataset{Name: "events", Digest: "9a8b7c", SourceType: "local", Source: `{"uri": "größe"}`, Schema: `{"mlflow_colspec": []}`, Profile: `{"num_rows": 3}`}
	record := mlflow.Record{Params: map[string]string{}, Tags: map[string]string{mlflow.NoteTag: "# besser\n\n*weil*", "daybreak.gate": "promote"}}
	for i := range 120 {
		record.Params[fmt.Sprintf("param/%03d", i)] = fmt.Sprintf("wert %d ≥ '\"", i)
	}
	for step := range int64(1200) {
		record.Metrics = append(record.Metrics, mlflow.Metric{Key: "train/loss", Value: math.Pi / float64(step+1), Step: step, Timestamp: began.UnixMilli() + step})
	}
	record.Metrics = append(record.Metrics,
		mlflow.Metric{Key: "tiny", Value: 5e-324, Step: -1, Timestamp: 1}, mlflow.Metric{Key: "huge", Value: -1.7e308, Step: math.MaxInt32, Timestamp: 2})
	files := writeFolder(t, map[string]string{"MLmodel": "flavors: {}\n", "code/größe.py": "pass", "empty": ""})

	run, err := client.StartRun(ctx, mlflow.RunSpec{Experiment: ownName(t), Key: "k", Name: "night", Start: began, Tags: mlflow.Provenance{Program: "trainer", Commit: "abc"}.Tags()})
	require.NoError(t, err)
	require.NoError(t, run.LogRecord(ctx, record))
	require.NoError(t, run.LogInputs(ctx, []mlflow.DatasetInput{{Dataset: events, Context: mlflow.ContextHoldout}}))
	require.NoError(t, run.LogTable(ctx, "tables/segments.json", mlflow.Table{Columns: []string{"segment", "ndcg"}, Data: [][]any{{"neu", .125}, {"all", .5}}}))
	require.NoError(t, run.LogText(ctx, "reports/night.html", "<p>größer</p>"))
	require.NoError(t, run.LogModel(ctx, mlflow.ModelSpec{
		LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model", Params: map[string]string{"rank": "64"}}, Dir: files,
		Metrics: []mlflow.Metric{{Key: "ndcg_at_20", Value: .3, DatasetName: "events", DatasetDigest: "9a8b7c"}},
	}))
	version, err := run.Register(ctx, mlflow.VersionSpec{RegisteredModel: "recommender", Model: "model", Description: "von heute", Tags: map[string]string{"night": "ja"}})
	require.NoError(t, err)
	require.NoError(t, client.SetAlias(ctx, "recommender", "champion", version.Version))
	require.NoError(t, run.Finish(ctx, mlflow.RunFinished))

	t.Run("the Python client reads it", func(t *testing.T) {
		read := readBack(t, running.URI(), run.Run().ID)
		require.Equal(t, "FINISHED", read.Status)
		require.Equal(t, began.UnixMilli(), read.Start)
		require.Equal(t, record.Params, read.Params)
		require.Equal(t, map[string]string{
			mlflow.NoteTag: "# besser\n\n*weil*", "daybreak.gate": "promote", mlflow.KeyTag: "k",
			"mlflow.source.name": "trainer", "mlflow.source.git.commit": "abc",
		}, read.Tags)
		points := 0
		for key, history := range read.History {
			for _, point := range history {
				points++
				var value float64
				_, err := fmt.Sscan(point[2].(string), &value)
				require.NoError(t, err)
				metric := mlflow.Metric{Key: key, Value: value, Step: int64(point[0].(float64)), Timestamp: int64(point[1].(float64))}
				if key != "ndcg_at_20" {
					require.Contains(t, record.Metrics, metric)
				}
			}
		}
		require.Equal(t, len(record.Metrics)+1, points)
		require.Equal(t, []input{{[]string{"holdout"}, []string{"events", "9a8b7c", "local", `{"uri": "größe"}`, `{"mlflow_colspec": []}`, `{"num_rows": 3}`}}}, read.Inputs)
		require.Equal(t, []string{"segment", "ndcg"}, read.Table.Columns)
		require.Equal(t, [][]any{{"neu", .125}, {"all", .5}}, read.Table.Data)
		require.Equal(t, map[string]string{"night.html": sum("<p>größer</p>")}, read.Artifacts)
		want := map[string]string{}
		for name, content := range readFolder(t, files) {
			want[name] = sum(content)
		}
		require.Equal(t, want, read.Model.Files)
		require.Equal(t, "READY", read.Model.Status)
		require.Equal(t, map[string]string{"rank": "64"}, read.Model.Params)
		require.Equal(t, [][]any{{"ndcg_at_20", .3, "events", "9a8b7c"}}, read.Model.Metrics)
		require.Equal(t, want, read.Version.Files)
		require.Equal(t, "1", read.Version.Number)
		require.Equal(t, run.Run().ID, read.Version.Run)
		require.Equal(t, "von heute", read.Version.Description)
		require.Equal(t, map[string]string{"night": "ja"}, read.Version.Tags)
	})
	t.Run("who has no password is refused, at once", func(t *testing.T) {
		for _, options := range [][]mlflow.Option{nil, {mlflow.WithBasicAuth("admin", "guessed")}} {
			_, err := newClient(t, running.URI(), options...).Run(ctx, run.Run().ID)
			var refused *mlflow.APIError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, http.StatusUnauthorized, refused.Status)
		}
	})
}

// input is a dataset input as the Python program prints it.
type input struct {
	Context []string
	Dataset []string
}

type readback struct {
	Status       string
	Start        int64
	Params, Tags map[string]string
	History      map[string][][]any
	Inputs       []input
	Table        struct {
		Columns []string
		Data    [][]any
	}
	Artifacts map[string]string
	Model     struct {
		Status  string
		Params  map[string]string
		Metrics [][]any
		Files   map[string]string
	}
	Version struct {
		Number, Run, Description string
		Tags, Files              map[string]string
	}
}

func readBack(t *testing.T, uri, runID string) readback {
	t.Helper()
	python, err := server.FindPython()
	require.NoError(t, err)
	program, err := filepath.Abs("testdata/readback.py")
	require.NoError(t, err)
	command := exec.Command(python, program, runID, "recommender")
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), "MLFLOW_TRACKING_URI="+uri, "MLFLOW_TRACKING_USERNAME=admin", "MLFLOW_TRACKING_PASSWORD=a long password",
		"MLFLOW_DISABLE_TELEMETRY=true", "DO_NOT_TRACK=true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR=false")
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err)
	var read readback
	require.NoError(t, json.Unmarshal(output, &read), "%s", output)
	return read
}

func sum(content string) string {
	digest := sha256.Sum256([]byte(content))
	return hex.EncodeToString(digest[:])
}

// otherHost asks for another server than it speaks to.
type otherHost struct{}

func (otherHost) RoundTrip(request *http.Request) (*http.Response, error) {
	request.Host = "evil.example"
	return http.DefaultTransport.RoundTrip(request)
}

func TestAServerThatIsAskedForByAnotherNameRefuses(t *testing.T) {
	client := newClient(t, trackingURI(), mlflow.WithHTTPClient(&http.Client{Transport: otherHost{}}))
	_, err := client.EnsureExperiment(t.Context(), ownName(t))
	var refused *mlflow.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, http.StatusForbidden, refused.Status)
}
