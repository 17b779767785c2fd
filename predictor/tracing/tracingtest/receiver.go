// Package tracingtest receives traces, for tests.
package tracingtest

import (
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// A Receiver speaks OTLP over HTTP and keeps what it is sent. It is safe for concurrent use.
type Receiver struct {
	URL string

	mu      sync.Mutex
	parents map[string]string
}

// NewReceiver starts a receiver that ends with the test.
func NewReceiver(t testing.TB) *Receiver {
	t.Helper()
	r := &Receiver{parents: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(r.receive))
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// Parents returns, for each trace received, the id of its span's parent; all ids in hexadecimal, and empty where there is no parent.
func (r *Receiver) Parents() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.parents)
}

func (r *Receiver) receive(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var export collector.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &export) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range export.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				r.parents[hex.EncodeToString(span.GetTraceId())] = hex.EncodeToString(span.GetParentSpanId())
			}
		}
	}
}
