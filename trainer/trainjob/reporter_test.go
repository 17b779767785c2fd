package trainjob

import (
	"encoding/json"
	"encoding/pem"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const path = "/apis/trainer.kubeflow.org/v1alpha1/namespaces/shop/trainjobs/night/status"

// server answers as Kubeflow Trainer 2.3.0's status server does: one path, by
// POST, a bearer token, at most 64 kB of JSON, and the limits of the TrainJob's
// schema. Refusals are Status documents.
type server struct {
	*httptest.Server
	tokens   chan string
	statuses chan trainerStatus
}

func newServer(t *testing.T, token string) (s server, environment func(string) string) {
	t.Helper()
	s = server{tokens: make(chan string, 1), statuses: make(chan trainerStatus, 1000)}
	s.tokens <- token
	mux := http.NewServeMux()
	refuse := func(w http.ResponseWriter, reason string, code int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "Failure", "reason": reason, "code": code})
	}
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		valid := <-s.tokens
		s.tokens <- valid
		if r.Header.Get("Authorization") != "Bearer "+valid {
			refuse(w, "Forbidden", http.StatusForbidden)
			return
		}
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
		decoder.DisallowUnknownFields()
		var update document
		if err := decoder.Decode(&update); err != nil || !s.allows(update.TrainerStatus) {
			refuse(w, "Invalid", http.StatusUnprocessableEntity)
			return
		}
		s.statuses <- update.TrainerStatus
		_ = json.NewEncoder(w).Encode(update)
	})
	s.Server = httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	variables := map[string]string{urlVariable: s.URL + path, caVariable: filepath.Join(dir, "ca.crt"), tokenVariable: filepath.Join(dir, "token")}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(variables[caVariable], certificate, 0o600))
	require.NoError(t, os.WriteFile(variables[tokenVariable], []byte(token+"\n"), 0o600))
	return s, func(name string) string { return variables[name] }
}

func (s server) allows(status trainerStatus) bool {
	if status.ProgressPercentage < 0 || status.ProgressPercentage > 100 || len(status.Metrics) > 256 ||
		status.EstimatedRemainingSeconds != nil && *status.EstimatedRemainingSeconds < 0 {
		return false
	}
	for _, m := range status.Metrics {
		if len(m.Name) < 1 || len(m.Name) > 64 || len(m.Value) < 1 || len(m.Value) > 64 {
			return false
		}
	}
	return true
}

func TestTheNewestStatusReachesTheTrainJob(t *testing.T) {
	s, environment := newServer(t, "secret")
	r := FromEnvironment(environment)
	require.NotNil(t, r)
	r.Report(Status{Done: 0.251, Remaining: 90 * time.Second, Metrics: map[string]float64{"loss": 0.25, "ndcg@20": 0.3391}})
	first := <-s.statuses
	require.Equal(t, int32(25), first.ProgressPercentage)
	require.Equal(t, int32(90), *first.EstimatedRemainingSeconds)
	require.Equal(t, []metric{{"loss", "0.25"}, {"ndcg@20", "0.3391"}}, first.Metrics)
	require.WithinDuration(t, time.Now(), first.LastUpdatedTime, time.Hour)
	for n := range 100 { // faster than anybody may report
		r.Report(Status{Done: float64(n) / 100, Remaining: -1})
	}
	r.Report(Status{Done: 1, Remaining: 0})
	r.Close()
	require.Len(t, s.statuses, 1, "those between are passed over")
	require.Equal(t, int32(100), (<-s.statuses).ProgressPercentage)
}

func TestATokenThatWasReplacedIsReadAgain(t *testing.T) {
	s, environment := newServer(t, "old")
	r, err := newReporter(environment(urlVariable), environment(caVariable), environment(tokenVariable), 0)
	require.NoError(t, err)
	r.Report(Status{Done: 0.5})
	<-s.statuses
	<-s.tokens
	s.tokens <- "new"
	require.NoError(t, os.WriteFile(environment(tokenVariable), []byte("new"), 0o600))
	r.Report(Status{Done: 1})
	r.Close()
	require.Equal(t, int32(100), (<-s.statuses).ProgressPercentage)
}

func TestWhatTheAPICannotTakeIsLeftOut(t *testing.T) {
	metrics := map[string]float64{"": 1, "nan": math.NaN(), "infinite": math.Inf(1), strings.Repeat("n", 65): 1, "a": 1e-300}
	for n := range 300 {
		metrics["m"+strconv.Itoa(n)] = float64(n) / 3
	}
	body, err := Status{Done: 7, Remaining: 1e18, Metrics: metrics}.encode(time.Now())
	require.NoError(t, err)
	require.Less(t, len(body), 1<<16)
	var d document
	require.NoError(t, json.Unmarshal(body, &d))
	require.True(t, server{}.allows(d.TrainerStatus))
	require.Len(t, d.TrainerStatus.Metrics, 256)
	require.Equal(t, metric{"a", "1e-300"}, d.TrainerStatus.Metrics[0])
}

func TestAServerThatRefusesOrIsAwayHoldsNothingUp(t *testing.T) {
	s, environment := newServer(t, "secret")
	require.NoError(t, os.WriteFile(environment(tokenVariable), []byte("forged"), 0o600))
	r, err := newReporter(environment(urlVariable), environment(caVariable), environment(tokenVariable), 0)
	require.NoError(t, err)
	require.ErrorContains(t, r.post(Status{}), "403 Forbidden")
	r.Report(Status{Done: 1})
	r.Close()
	require.Empty(t, s.statuses)

	s.Close()
	r, err = newReporter(environment(urlVariable), environment(caVariable), environment(tokenVariable), 0)
	require.NoError(t, err)
	for range 10 {
		r.Report(Status{Done: 1})
	}
	r.Close()
	require.NoError(t, os.Remove(environment(tokenVariable)))
	require.ErrorContains(t, r.post(Status{}), tokenVariable)
}

func TestAnEnvironmentThatCannotBeUsedReportsNothing(t *testing.T) {
	_, good := newServer(t, "secret")
	other := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(other, []byte("no certificate"), 0o600))
	for name, change := range map[string]map[string]string{
		"outside a TrainJob":        {urlVariable: ""},
		"not over TLS":              {urlVariable: "http://127.0.0.1/status"},
		"no URL":                    {urlVariable: "https://"},
		"no token":                  {tokenVariable: ""},
		"no authority":              {caVariable: filepath.Join(t.TempDir(), "none")},
		"an authority that is none": {caVariable: other},
	} {
		t.Run(name, func(t *testing.T) {
			r := FromEnvironment(func(variable string) string {
				if value, ok := change[variable]; ok {
					return value
				}
				return good(variable)
			})
			require.Nil(t, r)
			r.Report(Status{}) // nobody is told, nothing breaks
			r.Close()
		})
	}
}
