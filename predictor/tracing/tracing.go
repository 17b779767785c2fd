// Package tracing makes OpenTelemetry spans of requests and sends them over OTLP. Who called is taken
// from the request, as W3C's traceparent or as B3. It is off unless asked for.
package tracing

import (
	"context"
	"fmt"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options says where spans go.
type Options struct {
	Endpoint string  // URL of an OTLP/HTTP receiver, such as http://otel-collector:4318
	Share    float64 // of the requests that no caller has decided about, 0 to 1
	Service  string  // name that the spans bear
}

// A Tracer makes spans. A nil Tracer makes none. It is safe for concurrent use.
type Tracer struct {
	provider   *sdktrace.TracerProvider
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
}

// New returns a tracer that sends spans until Close.
func New(ctx context.Context, options Options) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(options.Endpoint))
	if err != nil {
		return nil, fmt.Errorf("set up traces for %s: %w", options.Endpoint, err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(options.Share))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", options.Service))),
	)
	return &Tracer{
		provider: provider,
		tracer:   provider.Tracer("github.com/daybreak-ml/daybreak/predictor"),
		propagator: propagation.NewCompositeTextMapPropagator(
			b3.New(b3.WithInjectEncoding(b3.B3MultipleHeader|b3.B3SingleHeader)), propagation.TraceContext{}, propagation.Baggage{}),
	}, nil
}

// Close sends the spans that wait.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the traces that wait: %w", err)
	}
	return nil
}

// Start begins the span of a request whose metadata may name its caller. The caller ends it with what
// became of it.
func (t *Tracer) Start(ctx context.Context, metadata propagation.TextMapCarrier, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(t.propagator.Extract(ctx, metadata), name, trace.WithSpanKind(trace.SpanKindServer))
	return ctx, Span{span}
}

// A Span is a request under way. The zero Span is none.
type Span struct{ span trace.Span }

// ID returns the id of the trace; empty if there is none.
func (s Span) ID() string {
	if s.span == nil {
		return ""
	}
	return s.span.SpanContext().TraceID().String()
}

// End ends the span. failed says that the fault was the server's.
func (s Span) End(failed bool, attributes ...attribute.KeyValue) {
	if s.span == nil {
		return
	}
	s.span.SetAttributes(attributes...)
	if failed {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}
