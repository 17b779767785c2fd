// Package metrics is what the predictor counts and measures, in Prometheus' terms. No label ever
// carries a shopper or an item, and none a name that a client made up.
package metrics

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is safe for concurrent use.
type Metrics struct {
	registry        *prometheus.Registry
	requests        *prometheus.CounterVec
	duration        *prometheus.HistogramVec
	inFlight        prometheus.Gauge
	preprocess      *prometheus.HistogramVec
	predict         *prometheus.HistogramVec
	postprocess     *prometheus.HistogramVec
	explain         *prometheus.HistogramVec
	recommendations *prometheus.CounterVec
	loads           prometheus.Counter
	loadFailures    prometheus.Counter
	loadDuration    prometheus.Histogram
	info            *prometheus.GaugeVec
	asOf            *prometheus.GaugeVec
	users           *prometheus.GaugeVec
	items           *prometheus.GaugeVec
	payloads        *prometheus.CounterVec
	refusals        *prometheus.CounterVec

	models sync.Map                          // name → *Model
	last   map[string]*atomic.Pointer[alike] // by protocol: what requests were answered like that came last
}

// alike is the metrics of requests that were answered alike, which are looked up when the first is.
type alike struct {
	outcome  Outcome // but for Took
	requests prometheus.Counter
	duration prometheus.Observer
}

// New returns metrics that count from 0.
func New() *Metrics {
	fine := prometheus.ExponentialBuckets(25e-6, 2, 17) // 25 µs to 1.6 s
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"model_name", "model_version"})
	}
	stage := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help + ", as KServe names it.", Buckets: fine}, []string{"model_name"})
	}
	m := &Metrics{
		last:     map[string]*atomic.Pointer[alike]{V1: {}, V2: {}, GRPC: {}},
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybreak_predictor_requests_total",
			Help: "Requests answered, by protocol, status code and the version that answered (empty if none did).",
		}, []string{"protocol", "code", "model_name", "model_version"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "daybreak_predictor_request_duration_seconds",
			Help:    "Time from a request's header to the end of its answer, by protocol.",
			Buckets: fine,
		}, []string{"protocol"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "daybreak_predictor_requests_in_flight",
			Help: "Requests that are being answered.",
		}),
		preprocess:  stage("request_preprocess_seconds", "Time to read and check a request"),
		predict:     stage("request_predict_seconds", "Time to score and rank for a request"),
		postprocess: stage("request_postprocess_seconds", "Time to write an answer"),
		explain:     stage("request_explain_seconds", "Time to score, rank and explain for a request"),
		recommendations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybreak_predictor_recommendations_total",
			Help: "Lists recommended, by what they were made from.",
		}, []string{"strategy", "model_name", "model_version"}),
		loads:        counter("daybreak_predictor_model_loads_total", "Models that were loaded and put in service."),
		loadFailures: counter("daybreak_predictor_model_load_failures_total", "Models that were refused; the one before went on serving."),
		loadDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "daybreak_predictor_model_load_duration_seconds",
			Help:    "Time to verify and map a model.",
			Buckets: prometheus.ExponentialBuckets(1e-3, 2, 16), // 1 ms to 33 s
		}),
		info:  gauge("daybreak_predictor_model_info", "1 for each version whose memory is held: those that serve, and older ones until their last request ends."),
		asOf:  gauge("daybreak_predictor_model_as_of_timestamp_seconds", "The moment from which on a version knows nothing, in seconds since 1970."),
		users: gauge("daybreak_predictor_model_users", "Shoppers that a version knows."),
		items: gauge("daybreak_predictor_model_items", "Items that a version ranks."),
		payloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybreak_predictor_payload_events_total",
			Help: "Requests and answers for the payload log, by what became of them: sent, failed, dropped.",
		}, []string{"outcome"}),
	}
	m.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybreak_predictor_refusals_total",
		Help: "Requests told to come again, by reason: queue_full, or waited for those that waited too long.",
	}, []string{"reason"})
	m.registry.MustRegister(m.refusals, m.requests, m.duration, m.inFlight, m.preprocess, m.predict, m.postprocess, m.explain,
		m.recommendations, m.loads, m.loadFailures, m.loadDuration, m.info, m.asOf, m.users, m.items, m.payloads,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, reason := range []string{QueueFull, Waited} {
		m.refusals.WithLabelValues(reason)
	}
	for _, outcome := range []string{"sent", "failed", "dropped"} {
		m.payloads.WithLabelValues(outcome) // so that 0 is seen
	}
	return m
}

// Handler serves the metrics to Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Begun counts a request that is being answered, until Ended.
func (m *Metrics) Begun() { m.inFlight.Inc() }

// Ended counts a request no more that has Begun.
func (m *Metrics) Ended() { m.inFlight.Dec() }

// An Outcome is a request that was answered.
type Outcome struct {
	Protocol string // V1, V2 or GRPC
	Code     string // an HTTP status such as "200", a gRPC code such as "OK"
	Model    string // empty if the request named none that there is
	Version  string // that answered; empty if none did
	Took     time.Duration
}

// Protocols of requests, as metrics call them; there are no others.
const (
	V1   = "v1"
	V2   = "v2"
	GRPC = "grpc"
)

// Answered counts and measures a request that was answered.
func (m *Metrics) Answered(o Outcome) {
	took := o.Took
	o.Took = 0
	last := m.last[o.Protocol]
	known := last.Load()
	if known == nil || known.outcome != o {
		o.Model = strings.Clone(o.Model) // which may be a piece of a request
		known = &alike{o, m.requests.WithLabelValues(o.Protocol, o.Code, o.Model, o.Version), m.duration.WithLabelValues(o.Protocol)}
		last.Store(known)
	}
	known.requests.Inc()
	known.duration.Observe(took.Seconds())
}

// Reasons to refuse a request.
const (
	QueueFull = "queue_full"
	Waited    = "waited"
)

// Refused counts a request that was told to come again.
func (m *Metrics) Refused(reason string) { m.refusals.WithLabelValues(reason).Inc() }

// TurnedAway counts a request for a model that was refused before it was looked at.
func (m *Metrics) TurnedAway(protocol, model, reason string) {
	m.requests.WithLabelValues(protocol, strconv.Itoa(http.StatusTooManyRequests), model, "").Inc()
	m.Refused(reason)
}

// PayloadsSent counts events that a payload log's sink took.
func (m *Metrics) PayloadsSent(n int) { m.payloads.WithLabelValues("sent").Add(float64(n)) }

// PayloadsFailed counts events that a payload log's sink refused or didn't get.
func (m *Metrics) PayloadsFailed(n int) { m.payloads.WithLabelValues("failed").Add(float64(n)) }

// PayloadsDropped counts events for which there was no room.
func (m *Metrics) PayloadsDropped(n int) { m.payloads.WithLabelValues("dropped").Add(float64(n)) }
