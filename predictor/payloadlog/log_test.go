package payloadlog_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/payloadlog"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// counts is what became of events.
type counts struct{ sent, failed, dropped atomic.Int64 }

func (c *counts) PayloadsSent(n int)    { c.sent.Add(int64(n)) }
func (c *counts) PayloadsFailed(n int)  { c.failed.Add(int64(n)) }
func (c *counts) PayloadsDropped(n int) { c.dropped.Add(int64(n)) }

// ask sends n requests through a log to a handler that answers {"answer":true}.
func ask(t *testing.T, log *payloadlog.Log, n int) {
	t.Helper()
	answering := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		response.JSON(w, http.StatusOK, map[string]bool{"answer": true})
	})
	handler := log.Handler(answering, func(r *http.Request) bool { return r.URL.Path == "/logged" })
	for range n {
		request := httptest.NewRequest(http.MethodPost, "/logged", strings.NewReader(`{"instances":[{}]}`))
		request.Header.Set("X-Request-Id", "42")
		handler.ServeHTTP(httptest.NewRecorder(), request)
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/other", nil))
	}
}

func TestRequestsAndAnswersAreSentAsKServesEvents(t *testing.T) {
	var mu sync.Mutex
	got := map[string]http.Header{}
	bodies := map[string]string{}
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			got[r.Header.Get("Ce-Type")], bodies[r.Header.Get("Ce-Type")] = r.Header, string(body)
		}
	}))
	defer sink.Close()
	counted := &counts{}
	log := payloadlog.New(payloadlog.Options{URL: sink.URL, Mode: "all", Queue: 8, Source: "shop", InferenceService: "recommender", Namespace: "daybreak"}, counted)
	ask(t, log, 1)
	require.NoError(t, log.Close(t.Context()))
	require.EqualValues(t, 2, counted.sent.Load())
	require.Equal(t, `{"instances":[{}]}`, bodies["org.kubeflow.serving.inference.request"])
	require.JSONEq(t, `{"answer":true}`, bodies["org.kubeflow.serving.inference.response"])
	for _, header := range got {
		require.Equal(t, "1.0", header.Get("Ce-Specversion"))
		require.Equal(t, "42", header.Get("Ce-Id"))
		require.Equal(t, "shop", header.Get("Ce-Source"))
		require.Equal(t, "recommender", header.Get("Ce-Inferenceservicename"))
		require.Equal(t, "daybreak", header.Get("Ce-Namespace"))
		require.Equal(t, "application/json", header.Get("Content-Type"))
	}
	require.Len(t, got, 2)
}

func TestASinkThatDoesNotAnswerHoldsNobodyUpAndWhatFindsNoRoomIsCounted(t *testing.T) {
	held := make(chan struct{})
	sink := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer sink.Close()
	counted := &counts{}
	log := payloadlog.New(payloadlog.Options{URL: sink.URL, Mode: "request", Queue: 2}, counted)
	ask(t, log, 100) // all of them are answered, though nothing is sent
	require.GreaterOrEqual(t, counted.dropped.Load(), int64(100-2-4), "two wait, and four are under way")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, log.Close(ended), "send the payloads that wait")
	close(held)
}

func TestASinkThatIsGoneIsCounted(t *testing.T) {
	sink := httptest.NewServer(http.NotFoundHandler())
	defer sink.Close()
	counted := &counts{}
	log := payloadlog.New(payloadlog.Options{URL: sink.URL, Mode: "response", Queue: 8}, counted)
	ask(t, log, 3)
	require.NoError(t, log.Close(t.Context()))
	require.EqualValues(t, 3, counted.failed.Load())
	require.Zero(t, counted.sent.Load())
}
