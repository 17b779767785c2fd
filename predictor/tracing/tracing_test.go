package tracing_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"

	"github.com/daybreak-ml/daybreak/predictor/tracing"
	"github.com/daybreak-ml/daybreak/predictor/tracing/tracingtest"
)

const (
	trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	span  = "00f067aa0ba902b7"
)

func TestACallerThatTracesIsFollowed(t *testing.T) {
	for name, header := range map[string]http.Header{
		"as W3C has it":            {"Traceparent": {"00-" + trace + "-" + span + "-01"}},
		"as B3 in one header":      {"B3": {trace + "-" + span + "-1"}},
		"as B3 in several headers": {"X-B3-Traceid": {trace}, "X-B3-Spanid": {span}, "X-B3-Sampled": {"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			receiver := tracingtest.NewReceiver(t)
			tracer, err := tracing.New(t.Context(), tracing.Options{Endpoint: receiver.URL, Share: 0, Service: "predictor"})
			require.NoError(t, err)
			_, followed := tracer.Start(t.Context(), propagation.HeaderCarrier(header), "POST")
			require.Equal(t, trace, followed.ID())
			followed.End(false)
			_, other := tracer.Start(t.Context(), propagation.HeaderCarrier{}, "POST")
			other.End(false)
			require.NoError(t, tracer.Close(t.Context()))
			require.Equal(t, map[string]string{trace: span}, receiver.Parents(), "only the caller's trace is sent where the share is 0")
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
