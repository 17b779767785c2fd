package mlflow

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWaitsGrowStayWithinBoundsAndFollowRetryAfter(t *testing.T) {
	retry := Retry{Attempts: 9, BaseDelay: 100 * time.Millisecond, MaxDelay: time.Second, MaxRetryAfter: time.Minute}
	for name, test := range map[string]struct {
		attempt   int
		asked     time.Duration
		low, high time.Duration
	}{
		"the first":                        {1, 0, 50 * time.Millisecond, 100 * time.Millisecond},
		"the third":                        {3, 0, 200 * time.Millisecond, 400 * time.Millisecond},
		"one past the most":                {7, 0, 500 * time.Millisecond, time.Second},
		"one far past the most":            {5000, 0, 500 * time.Millisecond, time.Second},
		"the server asks for more":         {1, 5 * time.Second, 5 * time.Second, 5 * time.Second},
		"the server asks for less":         {7, time.Millisecond, 500 * time.Millisecond, time.Second},
		"the server asks for far too much": {1, time.Hour, time.Minute, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				delay := retry.delay(test.attempt, &APIError{retryAfter: test.asked})
				require.GreaterOrEqual(t, delay, test.low)
				require.LessOrEqual(t, delay, test.high)
			}
		})
	}
	require.Zero(t, Retry{Attempts: 2}.delay(1, io.EOF))
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(2011, 11, 8, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"99999999999999999999":          0,
		"soon":                          0,
		"Tue, 08 Nov 2011 12:00:30 GMT": 30 * time.Second,
		"Tue, 08 Nov 2011 11:00:00 GMT": 0,
	} {
		require.Equal(t, want, retryAfter(header, now), "%q", header)
	}
}

func TestNewTakesAServersAddressAlone(t *testing.T) {
	for _, uri := range []string{"", "127.0.0.1:5000", "file:///tmp/mlruns", "sqlite:///mlflow.db", "http://", "http://host/?x=1", "http://host/#x", "http://[::1"} {
		_, err := New(uri)
		require.Error(t, err, uri)
	}
	client, err := New("http://user:secret@127.0.0.1:5000/mlflow/")
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:5000/mlflow", client.URI())
	_, err = New("http://127.0.0.1:5000", WithRetry(Retry{}))
	require.ErrorContains(t, err, "Attempts")
}

func TestRequestsCarryCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		environment map[string]string
		user        string
		options     []Option
		want        string
	}{
		"none":                             {want: ""},
		"a token from the environment":     {environment: map[string]string{"MLFLOW_TRACKING_TOKEN": "t"}, want: "Bearer t"},
		"a name from the environment":      {environment: map[string]string{"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p", "MLFLOW_TRACKING_TOKEN": "t"}, want: "Basic dTpw"},
		"a name from the URI":              {environment: map[string]string{"MLFLOW_TRACKING_TOKEN": "t"}, user: "u:p@", want: "Basic dTpw"},
		"a token before the environment's": {environment: map[string]string{"MLFLOW_TRACKING_USERNAME": "u"}, options: []Option{WithBearerToken("mine")}, want: "Bearer mine"},
		"a name":                           {options: []Option{WithBasicAuth("u", "p")}, want: "Basic dTpw"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"} {
				t.Setenv(variable, test.environment[variable])
			}
			got := make(chan string, 1)
			asked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got <- r.Header.Get("Authorization")
				_, _ = io.WriteString(w, "3.17.2\n")
			}))
			defer asked.Close()
			client, err := New(strings.Replace(asked.URL, "http://", "http://"+test.user, 1), test.options...)
			require.NoError(t, err)
			version, err := client.ServerVersion(t.Context())
			require.NoError(t, err)
			require.Equal(t, "3.17.2", version)
			require.Equal(t, test.want, <-got)
		})
	}
}

func TestATransferThatStandsStillIsMadeAgain(t *testing.T) {
	var requests atomic.Int64
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("path") {
			_, _ = io.WriteString(w, `{"files": [{"path": "a", "file_size": 4}]}`)
			return
		}
		if requests.Add(1) == 1 {
			_, _ = io.WriteString(w, "ab")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, "abcd")
	}))
	defer slow.Close()
	client, err := New(slow.URL, WithRetry(Retry{Attempts: 100})) // some of which may stand still on a busy machine
	require.NoError(t, err)
	client.stallTimeout = 300 * time.Millisecond
	dest := filepath.Join(t.TempDir(), "dest")
	require.NoError(t, client.DownloadArtifacts(t.Context(), Run{ArtifactURI: "mlflow-artifacts:/1/r/artifacts"}, "", dest))
	content, err := os.ReadFile(filepath.Join(dest, "a"))
	require.NoError(t, err)
	require.Equal(t, "abcd", string(content))
	require.Greater(t, requests.Load(), int64(1))
}

// respondWith is a transport that gives one answer to everything.
type respondWith struct {
	status int
	body   string
}

func (r respondWith) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: r.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(r.body)), Request: request}, nil
}

func FuzzAnyAnswerIsReadOrAnError(f *testing.F) {
	f.Add(200, `{"run": {"info": {"run_id": "a", "start_time": 1320710400000, "status": "RUNNING"}, "data": {"metrics": [{"key": "a", "value": "NaN", "step": "3"}], "tags": [{"key": "k", "value": "v"}]}}}`)
	f.Add(200, `{"model_version": {"name": "m", "version": "3", "status": "READY", "aliases": ["champion"]}}`)
	f.Add(200, `{"files": [{"path": "a", "is_dir": false, "file_size": "12"}], "runs": [{}], "model_versions": [{}], "metrics": [{}]}`)
	f.Add(404, `{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such run"}`)
	f.Add(500, "<html>\xff</html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		client, err := New("http://mlflow.test", WithRetry(Retry{Attempts: 1}), WithHTTPClient(&http.Client{Transport: respondWith{status, body}}))
		require.NoError(t, err)
		ctx := t.Context()
		if run, err := client.Run(ctx, "r"); err == nil {
			require.NotEmpty(t, run.ID)
		}
		if version, err := client.Version(ctx, "m", "1"); err == nil {
			require.NotEmpty(t, version.Version)
		}
		if artifacts, err := client.ListArtifacts(ctx, Run{ArtifactURI: "mlflow-artifacts:/1/r"}, ""); err == nil {
			for _, artifact := range artifacts {
				require.True(t, filepath.IsLocal(artifact.Path), artifact.Path)
			}
		}
		_, errRuns := client.SearchRuns(ctx, RunQuery{})
		_, errVersions := client.SearchVersions(ctx, VersionQuery{})
		_, errHistory := client.MetricHistory(ctx, "r", "m")
		if status < 200 || status > 299 {
			require.Error(t, errRuns)
			require.Error(t, errVersions)
			require.Error(t, errHistory)
		}
	})
}
