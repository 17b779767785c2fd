package tracing_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/tracing"
)

const (
	trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	span  = "00f067aa0ba902b7"
)

// receiver keeps the traces that it is sent, each with its parent.
func receiver(t *testing.T) (url string, parents func() map[string]string) {
	t.Helper()
	var mu sync.Mutex
	received := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var export collector.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(body, &export) != nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range export.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					received[hex.EncodeToString(span.GetTraceId())] = hex.EncodeToString(span.GetParentSpanId())
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, func() map[string]string {
		mu.Lock()
		defer mu.Unlock()
		return received
	}
}

func TestACallerThatTracesIsFollowed(t *testing.T) {
	for name, header := range map[string]http.Header{
		"as W3C has it":            {"Traceparent": {"00-" + trace + "-" + span + "-01"}},
		"as B3 in one header":      {"B3": {trace + "-" + span + "-1"}},
		"as B3 in several headers": {"X-B3-Traceid": {trace}, "X-B3-Spanid": {span}, "X-B3-Sampled": {"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			url, parents := receiver(t)
			tracer, err := tracing.New(t.Context(), tracing.Options{Endpoint: url, Share: 0, Service: "predictor"})
			require.NoError(t, err)
			_, followed := tracer.Start(t.Context(), propagation.HeaderCarrier(header), "POST")
			require.Equal(t, trace, followed.ID())
			followed.End(false)
			_, other := tracer.Start(t.Context(), propagation.HeaderCarrier{}, "POST")
			other.End(false)
			require.NoError(t, tracer.Close(t.Context()))
			require.Equal(t, map[string]string{trace: span}, parents(), "only the caller's trace is sent where the share is 0")
		})
	}
}

func TestWithoutATracerNothingIsTraced(t *testing.T) {
	var tracer *tracing.Tracer
	_, none := tracer.Start(t.Context(), propagation.HeaderCarrier{}, "POST")
	none.End(true)
	require.Empty(t, none.ID())
	require.NoError(t, tracer.Close(t.Context()))
}
