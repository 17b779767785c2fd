package load_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/demo/load"
)

// shop answers as a predictor does, and notes what it was asked.
type shop struct {
	ready   atomic.Bool
	version atomic.Int64
	status  atomic.Int64 // of predictions
	items   atomic.Int64 // in an answer

	mutex     sync.Mutex
	early     int // requests before it was ready
	instances []map[string]any
	addresses map[string]bool
}

func newShop() *shop {
	s := &shop{addresses: map[string]bool{}}
	s.version.Store(1)
	s.status.Store(http.StatusOK)
	s.items.Store(10)
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v2/health/ready" {
		if !s.ready.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return
	}
	var body struct {
		Instances []map[string]any `json:"instances"`
	}
	if r.URL.Path != "/v1/models/recommender:predict" || json.NewDecoder(r.Body).Decode(&body) != nil || len(body.Instances) != 1 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mutex.Lock()
	if !s.ready.Load() {
		s.early++
	}
	s.instances = append(s.instances, body.Instances[0])
	s.addresses[r.RemoteAddr] = true
	s.mutex.Unlock()
	if status := int(s.status.Load()); status != http.StatusOK {
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"error": "no"}`)
		return
	}
	items := strings.TrimSuffix(strings.Repeat(`{"item_id": "a", "score": 1},`, int(s.items.Load())), ",")
	_, _ = fmt.Fprintf(w, `{"predictions": [{"items": [%s], "strategy": "blend"}], "model_version": "%d"}`, items, s.version.Load())
}

func (s *shop) asked() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.instances)
}

// await waits until the shop was asked so many times more.
func (s *shop) await(t *testing.T, more int) {
	t.Helper()
	goal := s.asked() + more
	require.Eventually(t, func() bool { return s.asked() >= goal }, 5*time.Minute, time.Millisecond)
}

func start(t *testing.T, s *shop) *load.Stream {
	t.Helper()
	server := httptest.NewServer(s)
	stream := load.Start(load.Options{
		Predictor: server.URL, Model: "recommender", Rate: 500, Connections: 3,
		Visitors: load.Visitors{Shoppers: []string{"anna", "ben"}, Items: []string{"lamp", "cup", "bag"}},
	})
	t.Cleanup(func() { stream.Stop(); server.Close() })
	return stream
}

func TestTheStreamBeginsWhenThePredictorIsReady(t *testing.T) {
	s := newShop()
	stream := start(t, s)
	select {
	case <-stream.Began():
		require.Fail(t, "the stream began before the predictor was ready")
	case <-time.After(100 * time.Millisecond):
	}
	require.Zero(t, stream.BeganAt())
	s.ready.Store(true)
	<-stream.Began()
	require.NotZero(t, stream.BeganAt())
	s.await(t, 10)
	require.Zero(t, s.early)
}

func TestEveryRequestIsCountedWithTheVersionThatAnswered(t *testing.T) {
	s := newShop()
	s.ready.Store(true)
	stream := start(t, s)
	s.await(t, 20)
	s.version.Store(2)
	s.await(t, 20)

	summary := stream.Stop()
	require.Equal(t, s.asked(), summary.Requests)
	require.Zero(t, summary.Failed, summary.Failures)
	require.Len(t, summary.Versions, 2)
	require.Equal(t, "1", summary.Versions[0].Version)
	require.Equal(t, "2", summary.Versions[1].Version)
	require.Equal(t, summary.Requests, summary.Versions[0].Answers+summary.Versions[1].Answers)
	require.Equal(t, summary, stream.Stop(), "stopping again changes nothing")
	require.Len(t, s.addresses, 3, "the requests are spread over so many connections, which are kept")
}

func TestWhateverIsNoFullAnswerIsAFailure(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		spoil        func(*shop)
	}{
		{"an error", `status 500: {"error": "no"}`, func(s *shop) { s.status.Store(http.StatusInternalServerError) }},
		{"too few items", "answer has 9 items of 10", func(s *shop) { s.items.Store(9) }},
		{"no items", "answer has 0 items of 10", func(s *shop) { s.items.Store(0) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop()
			s.ready.Store(true)
			c.spoil(s)
			stream := start(t, s)
			s.await(t, 10)
			summary := stream.Stop()
			require.Equal(t, s.asked(), summary.Requests)
			require.Equal(t, summary.Requests, summary.Failed)
			require.Equal(t, []load.Failure{{Reason: c.reason, Count: summary.Failed}}, summary.Failures)
			require.Empty(t, summary.Versions)
		})
	}
}

func TestAPredictorThatIsGoneIsAFailureToo(t *testing.T) {
	s := newShop()
	s.ready.Store(true)
	server := httptest.NewServer(s)
	stream := load.Start(load.Options{
		Predictor: server.URL, Model: "recommender", Rate: 500, Connections: 2,
		Visitors: load.Visitors{Shoppers: []string{"anna"}, Items: []string{"lamp"}},
	})
	s.await(t, 10)
	server.CloseClientConnections()
	server.Close()
	require.Eventually(t, func() bool { return stream.Summary().Failed > 10 }, 5*time.Minute, time.Millisecond)
	require.Positive(t, stream.Stop().Failed)
}

func TestShoppersAndStrangersTakeTurns(t *testing.T) {
	s := newShop()
	s.ready.Store(true)
	stream := start(t, s)
	s.await(t, 40)
	stream.Stop()
	kinds := map[string]int{}
	for _, instance := range s.instances {
		kind := "shopper"
		if strings.HasPrefix(instance["user_id"].(string), "stranger-") {
			kind = "stranger"
		}
		if instance["history"] != nil {
			kind += " who looks at an item"
		}
		kinds[kind]++
	}
	require.Len(t, kinds, 4)
	for kind, count := range kinds {
		require.InDelta(t, float64(len(s.instances))/4, count, 4, kind)
	}
}
