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
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/mlflow/server"
)

// goldenCase is what golden.json holds of a request: what Python's model is asked too.
type goldenCase struct {
	Request struct {
		User        string            `json:"user_id"`
		History     []json.RawMessage `json:"history"`
		Exclude     []string          `json:"exclude"`
		ExcludeSeen bool              `json:"exclude_seen"`
		SimilarTo   string            `json:"similar_to"`
		K           int               `json:"k"`
	} `json:"request"`
	Answer    answer  `json:"answer"`
	Tolerance float64 `json:"tolerance"`
}

type answer struct {
	Items []struct {
		ID    string  `json:"item_id"`
		Score float64 `json:"score"`
	} `json:"items"`
}

// columns are the request's as Python's model takes them.
func (c goldenCase) columns(t *testing.T) []string {
	t.Helper()
	list := func(values any) string {
		encoded, err := json.Marshal(values)
		require.NoError(t, err)
		return string(encoded)
	}
	return []string{c.Request.User, list(c.Request.History), list(c.Request.Exclude), c.Request.SimilarTo}
}

// predicted is a row of what Python's model answers.
type predicted struct {
	IDs    []string  `json:"item_id"`
	Scores []float64 `json:"score"`
}

// requireSame compares items and scores; where two items score alike, either may come first.
func (c goldenCase) requireSame(t *testing.T, expected answer, got predicted) {
	t.Helper()
	require.Len(t, got.IDs, len(expected.Items))
	for place, item := range expected.Items {
		require.InDelta(t, item.Score, got.Scores[place], c.Tolerance, "place %d of %+v", place, c.Request)
		if got.IDs[place] != item.ID {
			at := slices.Index(got.IDs, item.ID)
			require.GreaterOrEqual(t, at, 0, "%s is missing from the answer to %+v", item.ID, c.Request)
			require.InDelta(t, item.Score, got.Scores[at], c.Tolerance, "%s changed places with another", item.ID)
		}
	}
}

// golden gives the golden requests of a night's model, with the predictor's answers rather than those
// on record.
func (h *house) golden() []goldenCase {
	h.t.Helper()
	models, err := filepath.Glob(filepath.Join(h.data, "models", "*", "golden.json"))
	require.NoError(h.t, err)
	require.Len(h.t, models, 1)
	content, err := os.ReadFile(models[0])
	require.NoError(h.t, err)
	var file struct {
		Cases []struct {
			goldenCase
			Request json.RawMessage `json:"request"`
		} `json:"cases"`
	}
	require.NoError(h.t, json.Unmarshal(content, &file))
	var cases []goldenCase
	for _, raw := range file.Cases {
		c := raw.goldenCase
		require.NoError(h.t, json.Unmarshal(raw.Request, &c.Request))
		response, err := http.Post(h.predictor+"/v1/models/"+h.model+":predict", "application/json",
			bytes.NewReader(fmt.Appendf(nil, `{"instances":[%s]}`, raw.Request)))
		require.NoError(h.t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(h.t, err)
		require.NoError(h.t, response.Body.Close())
		var answered struct{ Predictions []answer }
		require.NoError(h.t, json.Unmarshal(body, &answered), "%s", body)
		require.Len(h.t, answered.Predictions, 1, "%s", body)
		c.Answer = answered.Predictions[0]
		cases = append(cases, c)
	}
	return cases
}

// python is a run of the interpreter that MLflow is installed for.
func (h *house) python(args ...string) *exec.Cmd {
	h.t.Helper()
	interpreter, err := server.FindPython()
	require.NoError(h.t, err)
	command := exec.Command(interpreter, args...)
	// As in an activated environment: models serve looks for uvicorn there.
	path := filepath.Dir(interpreter) + string(os.PathListSeparator) + os.Getenv("PATH")
	command.Env = append(os.Environ(), "PATH="+path, "MLFLOW_TRACKING_URI="+h.mlflowURI, "MLFLOW_DISABLE_TELEMETRY=true")
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	command.Stderr = os.Stderr
	return command
}

const predictScript = `
import json, sys, warnings
warnings.filterwarnings("ignore")
import mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
answers = []
for request in json.load(sys.stdin):
    frame = pandas.DataFrame([request["columns"]], columns=["user_id", "history", "exclude", "similar_to"])
    answer = model.predict(frame, params={"k": request["k"], "exclude_seen": request["exclude_seen"]})
    answers.append(answer.to_dict(orient="records")[0])
print(json.dumps(answers))
`

func TestPythonAnswersAsThePredictorDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startPredictor()
	h.night(h.day(0))
	cases := h.golden()
	champion := "models:/" + h.model + "@champion"

	t.Run("loaded by its alias from the registry", func(t *testing.T) {
		type request struct {
			Columns     []string `json:"columns"`
			K           int      `json:"k"`
			ExcludeSeen bool     `json:"exclude_seen"`
		}
		var requests []request
		for _, c := range cases {
			requests = append(requests, request{c.columns(t), c.Request.K, c.Request.ExcludeSeen})
		}
		input, err := json.Marshal(requests)
		require.NoError(t, err)
		python := h.python("-c", predictScript, champion)
		python.Stdin = bytes.NewReader(input)
		printed, err := python.Output()
		require.NoError(t, err)
		var answers []predicted
		require.NoError(t, json.Unmarshal(printed, &answers), "%s", printed)
		require.Len(t, answers, len(cases))
		for n, c := range cases {
			c.requireSame(t, c.Answer, answers[n])
		}
	})

	t.Run("served by mlflow models serve", func(t *testing.T) {
		url := h.modelsServe(t, champion)
		for _, c := range cases {
			body, err := json.Marshal(map[string]any{
				"dataframe_split": map[string]any{
					"columns": []string{"user_id", "history", "exclude", "similar_to"}, "data": [][]string{c.columns(t)},
				},
				"params": map[string]any{"k": c.Request.K, "exclude_seen": c.Request.ExcludeSeen},
			})
			require.NoError(t, err)
			response, err := http.Post(url+"/invocations", "application/json", bytes.NewReader(body))
			require.NoError(t, err)
			content, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			var answered struct{ Predictions []predicted }
			require.NoError(t, json.Unmarshal(content, &answered), "%s", content)
			require.Len(t, answered.Predictions, 1, "%s", content)
			c.requireSame(t, c.Answer, answered.Predictions[0])
		}
	})
}

// modelsServe serves a model by MLflow's own server, on a free port, until the test ends.
func (h *house) modelsServe(t *testing.T, model string) (url string) {
	t.Helper()
	port := commandtest.Port(t)
	command := h.python("-m", "mlflow", "models", "serve", "--model-uri", model, "--env-manager", "local",
		"--host", "127.0.0.1", "--port", port, "--workers", "1")
	command.Stderr = nil
	said, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	ended := make(chan struct{})
	var last []string
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(said); lines.Scan(); {
			last = append(last, lines.Text())
		}
		_ = command.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // with the workers it started
		<-ended
	})
	url = "http://127.0.0.1:" + port
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for {
		response, err := http.Get(url + "/ping")
		if err == nil {
			require.NoError(t, response.Body.Close())
			if response.StatusCode == http.StatusOK {
				return url
			}
		}
		select {
		case <-ended:
			require.Fail(t, "mlflow models serve ended", "%v", last)
		case <-ctx.Done():
			require.Fail(t, "mlflow models serve does not answer")
		case <-time.After(100 * time.Millisecond):
		}
	}
}
