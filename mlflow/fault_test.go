package mlflow_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/mlflowtest"
)

// The whole way of a night, each kind of request of which fails at first in one
// of the ways a network and a server have.
func TestANightThroughFaultsMakesOneRunAndOneVersion(t *testing.T) {
	tooMany := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	for name, trouble := range map[string]func(p *proxy) http.HandlerFunc{
		"the server answers 500": func(*proxy) http.HandlerFunc {
			return respond(500, `{"error_code":"INTERNAL_ERROR","message":"database is locked"}`)
		},
		"the server answers 503 in HTML":                  func(*proxy) http.HandlerFunc { return respond(503, "<html>starting</html>") },
		"the server answers 429":                          func(*proxy) http.HandlerFunc { return tooMany },
		"the connection drops before the request":         func(*proxy) http.HandlerFunc { return drop },
		"the connection drops after it was executed":      func(p *proxy) http.HandlerFunc { return p.executed(drop) },
		"the gateway answers 502 after it was executed":   func(p *proxy) http.HandlerFunc { return p.executed(respond(502, "bad gateway")) },
		"the connection drops in the middle of an answer": func(p *proxy) http.HandlerFunc { return p.cut },
	} {
		t.Run(name, func(t *testing.T) {
			proxy := newProxy(t)
			proxy.firstTimes(1, trouble(proxy))
			client := newClient(t, proxy.uri)
			ctx := t.Context()
			folder := writeFolder(t, map[string]string{"config.json": "{}", "deep/factors": "0123456789"})

			experiment := newExperiment(t, client)
			run, err := client.EnsureRun(ctx, experiment, "2011-11-08", "2011-11-08", nil)
			require.NoError(t, err)
			record := mlflow.Record{Params: map[string]string{"d": "64"}, Metrics: []mlflow.Metric{{Key: "loss", Value: 1}, {Key: "loss", Value: .5, Step: 1}}}
			require.NoError(t, client.LogRecord(ctx, run.ID, record))
			require.NoError(t, client.UploadFolder(ctx, run, folder, "model"))
			require.NoError(t, client.FinishRun(ctx, run.ID, mlflow.RunFinished))
			require.NoError(t, client.EnsureRegisteredModel(ctx, ownName(t), ""))
			version, err := client.EnsureVersion(ctx, ownName(t), run.ID, "model", nil)
			require.NoError(t, err)
			require.NoError(t, client.SetVersionTag(ctx, ownName(t), version.Version, "daybreak.gate", "promote"))
			require.NoError(t, client.SetAlias(ctx, ownName(t), "champion", version.Version))
			destination := filepath.Join(t.TempDir(), version.Version)
			require.NoError(t, client.DownloadVersion(ctx, ownName(t), version.Version, destination))

			direct := newClient(t, trackingURI())
			runs, err := direct.SearchRuns(ctx, mlflow.RunQuery{ExperimentIDs: []string{experiment}})
			require.NoError(t, err)
			require.Len(t, runs, 1)
			versions, err := direct.SearchVersions(ctx, mlflow.VersionQuery{Filter: "name = '" + ownName(t) + "'"})
			require.NoError(t, err)
			require.Len(t, versions, 1)
			history, err := direct.MetricHistory(ctx, run.ID, "loss")
			require.NoError(t, err)
			require.Len(t, history, 2)
			require.Equal(t, readFolder(t, folder), readFolder(t, destination))
			require.NoDirExists(t, filepath.Join(filepath.Dir(destination), ".1.partial"))
		})
	}
}

// Requests are dropped, delayed, doubled and cut at random, all through a
// training.
func TestATrainingThroughRandomFaultsIsThereOnce(t *testing.T) {
	proxy := newProxy(t)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	var mutex sync.Mutex
	troubles := map[string]int{}
	proxy.set(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		fate := random.IntN(10)
		mutex.Unlock()
		kinds := map[int]struct {
			name    string
			trouble http.HandlerFunc
		}{
			0: {"dropped", drop},
			1: {"executed and dropped", proxy.executed(drop)},
			2: {"cut", proxy.cut},
			3: {"doubled", proxy.twice},
			4: {"delayed", func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(20 * time.Millisecond)
				proxy.server.ServeHTTP(w, r)
			}},
		}
		kind, troubled := kinds[fate]
		if !troubled {
			proxy.server.ServeHTTP(w, r)
			return
		}
		mutex.Lock()
		troubles[kind.name]++
		mutex.Unlock()
		kind.trouble(w, r)
	})
	name, model := ownName(t), writeFolder(t, map[string]string{"MLmodel": "x", "deep/factors": strings.Repeat("0123456789", 10_000)})
	client := newClient(t, proxy.uri, mlflow.WithRetry(mlflow.Retry{Attempts: 30, BaseDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond}))
	require.NoError(t, spooledTraining(t.Context(), client, name, filepath.Join(t.TempDir(), "spool"), model, 1, io.Discard))
	require.Equal(t, []int64{1}, requireOneTraining(t, name, model))
	t.Log(troubles)
}

// The lost request takes effect after the client has looked for its run and
// made another.
func TestARunMadeByALateRequestIsKeptAndTheOtherGoes(t *testing.T) {
	proxy := newProxy(t)
	experiment := newExperiment(t, newClient(t, trackingURI()))
	proxy.firstTimes(0, nil)
	creates := 0
	late := httptest.NewRequest(http.MethodPost, "/api/2.0/mlflow/runs/create", nil)
	proxy.handler = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == late.URL.Path {
			if creates++; creates == 1 {
				drop(w, r)
			}
			post(t, "runs/create", `{"experiment_id": "`+experiment+`", "start_time": 1, "tags": [{"key": "daybreak.key", "value": "k"}]}`)
		}
		proxy.server.ServeHTTP(w, r)
	}

	run, err := newClient(t, proxy.uri).EnsureRun(t.Context(), experiment, "k", "", nil)
	require.NoError(t, err)
	require.Equal(t, int64(1), run.Start.UnixMilli())
	runs, err := newClient(t, trackingURI()).SearchRuns(t.Context(), mlflow.RunQuery{ExperimentIDs: []string{experiment}})
	require.NoError(t, err)
	require.Len(t, runs, 1)
}

func TestAServerThatIsDownIsUnavailable(t *testing.T) {
	uri := mlflowtest.DownURI(t)
	_, err := newClient(t, uri).EnsureExperiment(t.Context(), "nights")
	var unavailable *mlflow.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	require.Equal(t, quickly.Attempts, unavailable.Attempts)
	require.ErrorContains(t, err, "MLflow at "+uri+" is unavailable (tried 4 times")
	require.ErrorContains(t, err, "connection refused")
	require.ErrorContains(t, err, "check that the server runs there")
}

func TestAServerThatKeepsFailingIsUnavailableAndItsWordsAreKept(t *testing.T) {
	broken := httptest.NewServer(respond(500, `{"error_code": "INTERNAL_ERROR", "message": "disk full"}`))
	defer broken.Close()
	err := newClient(t, broken.URL).EnsureRegisteredModel(t.Context(), "recommender", "")
	var unavailable *mlflow.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	var answer *mlflow.APIError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, "disk full", answer.Message)
	require.Equal(t, 500, answer.Status)
	require.Equal(t, "/api/2.0/mlflow/registered-models/get", answer.Path)
}

func TestWhatTheServerRefusesIsNotRepeated(t *testing.T) {
	proxy := newProxy(t)
	client := newClient(t, proxy.uri)
	_, err := client.Version(t.Context(), "no such model", "1")
	require.True(t, mlflow.IsNotFound(err), "%v", err)
	require.Equal(t, 1, proxy.count("GET", "model-versions/get"))
}

func TestAnAnswerOfSomethingElseThanMLflowIsAnError(t *testing.T) {
	for name, body := range map[string]string{
		"a page":                "<html>welcome</html>",
		"a run without an id":   `{"runs": [{"info": {}}]}`,
		"a time that is a word": `{"runs": [{"info": {"run_id": "a", "start_time": "soon"}}]}`,
		"a list":                `[]`,
		"half a document":       `{"runs": [`,
	} {
		t.Run(name, func(t *testing.T) {
			other := httptest.NewServer(respond(200, body))
			defer other.Close()
			_, err := newClient(t, other.URL).EnsureRun(t.Context(), "1", "k", "", nil)
			require.Error(t, err)
			require.NotErrorAs(t, err, new(*mlflow.UnavailableError))
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer busy.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	waits := answered(func() { time.AfterFunc(20*time.Millisecond, cancel) })
	client := newClient(t, busy.URL, mlflow.WithRetry(mlflow.Retry{Attempts: 2, MaxRetryAfter: time.Hour}), mlflow.WithHTTPClient(&http.Client{Transport: waits}))
	_, err := client.Run(ctx, "r")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "503")
}

// answered is a transport that calls a function once an answer has been read.
type answered func()

func (a answered) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		answer.Body = closing{answer.Body, a}
	}
	return answer, err
}

type closing struct {
	io.ReadCloser
	closed func()
}

func (c closing) Close() error {
	defer c.closed()
	return c.ReadCloser.Close()
}

func TestAnAttemptThatTakesTooLongIsMadeAgain(t *testing.T) {
	proxy := newProxy(t)
	proxy.firstTimes(1, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	client := newClient(t, proxy.uri, mlflow.WithRequestTimeout(3*time.Second))
	_, err := client.VersionByAlias(t.Context(), "no such model", "champion")
	require.True(t, mlflow.IsNotFound(err), "%v", err)
	require.GreaterOrEqual(t, proxy.count("GET", "registered-models/alias"), 2)
}
