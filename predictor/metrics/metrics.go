// Package metrics is what the predictor counts and measures, in Prometheus' terms. No label ever
// carries a shopper or an item.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/daybreak-ml/daybreak/model"
)

// Metrics is safe for concurrent use.
type Metrics struct {
	registry        *prometheus.Registry
	modelName       string
	requests        *prometheus.CounterVec
	duration        *prometheus.HistogramVec
	preprocess      prometheus.Observer
	predict         prometheus.Observer
	postprocess     prometheus.Observer
	recommendations *prometheus.CounterVec
	loads           prometheus.Counter
	loadFailures    prometheus.Counter
	loadDuration    prometheus.Histogram
	info            *prometheus.GaugeVec
	asOf            *prometheus.GaugeVec
	users           *prometheus.GaugeVec
	items           *prometheus.GaugeVec
}

// New returns metrics of a predictor of the model of this name.
func New(modelName string) *Metrics {
	fine := prometheus.ExponentialBuckets(25e-6, 2, 17) // 25 µs to 1.6 s
	byVersion := []string{"model_name", "model_version"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, byVersion)
	}
	stage := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: fine}, []string{"model_name"})
	}
	preprocess := stage("request_preprocess_seconds", "Time to read and check a request, as KServe names it.")
	predict := stage("request_predict_seconds", "Time to score and rank for a request, as KServe names it.")
	postprocess := stage("request_postprocess_seconds", "Time to write an answer, as KServe names it.")
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		modelName:   modelName,
		preprocess:  preprocess.WithLabelValues(modelName),
		predict:     predict.WithLabelValues(modelName),
		postprocess: postprocess.WithLabelValues(modelName),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybreak_predictor_requests_total",
			Help: "Requests answered, by protocol, status code and the version that answered (empty if none did).",
		}, []string{"protocol", "code", "model_name", "model_version"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "daybreak_predictor_request_duration_seconds",
			Help:    "Time from a request's header to the end of its answer, by protocol.",
			Buckets: fine,
		}, []string{"protocol"}),
		recommendations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybreak_predictor_recommendations_total",
			Help: "Lists recommended, by what they were made from.",
		}, []string{"strategy", "model_name", "model_version"}),
		loads: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybreak_predictor_model_loads_total",
			Help: "Models that were loaded and put in service.",
		}),
		loadFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybreak_predictor_model_load_failures_total",
			Help: "Models that were refused; the one before went on serving.",
		}),
		loadDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "daybreak_predictor_model_load_duration_seconds",
			Help:    "Time to verify and map a model.",
			Buckets: prometheus.ExponentialBuckets(1e-3, 2, 16), // 1 ms to 33 s
		}),
		info:  gauge("daybreak_predictor_model_info", "1 for each version whose memory is held: the one that serves, and older ones until their last request ends."),
		asOf:  gauge("daybreak_predictor_model_as_of_timestamp_seconds", "The moment from which on a version knows nothing, in seconds since 1970."),
		users: gauge("daybreak_predictor_model_users", "Shoppers that a version knows."),
		items: gauge("daybreak_predictor_model_items", "Items that a version ranks."),
	}
	m.registry.MustRegister(m.requests, m.duration, preprocess, predict, postprocess, m.recommendations,
		m.loads, m.loadFailures, m.loadDuration, m.info, m.asOf, m.users, m.items,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics to Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// Answered counts a request of a protocol ("v1", "v2") that was answered by a version with a status
// code.
func (m *Metrics) Answered(protocol string, code int, version string, took time.Duration) {
	m.requests.WithLabelValues(protocol, strconv.Itoa(code), m.modelName, version).Inc()
	m.duration.WithLabelValues(protocol).Observe(took.Seconds())
}

// Preprocessed measures the reading of a request.
func (m *Metrics) Preprocessed(took time.Duration) { m.preprocess.Observe(took.Seconds()) }

// Predicted measures the scoring of a request, and counts the lists it gave.
func (m *Metrics) Predicted(version string, answers []model.Answer, took time.Duration) {
	m.predict.Observe(took.Seconds())
	for _, answer := range answers {
		m.recommendations.WithLabelValues(string(answer.Strategy), m.modelName, version).Inc()
	}
}

// Postprocessed measures the writing of an answer.
func (m *Metrics) Postprocessed(took time.Duration) { m.postprocess.Observe(took.Seconds()) }

// Loaded tells of a model that was put in service.
func (m *Metrics) Loaded(version string, config model.Config, took time.Duration) {
	m.loads.Inc()
	m.loadDuration.Observe(took.Seconds())
	m.info.WithLabelValues(m.modelName, version).Set(1)
	m.users.WithLabelValues(m.modelName, version).Set(float64(config.Counts.Users))
	m.items.WithLabelValues(m.modelName, version).Set(float64(config.Counts.Items))
	if asOf, err := config.AsOfTime(); err == nil { // a loaded model's is well formed
		m.asOf.WithLabelValues(m.modelName, version).Set(float64(asOf.Unix()))
	}
}

// LoadFailed tells of a model that was refused.
func (m *Metrics) LoadFailed() { m.loadFailures.Inc() }

// Retired tells of a version whose memory was given back.
func (m *Metrics) Retired(version string) {
	for _, gauge := range []*prometheus.GaugeVec{m.info, m.asOf, m.users, m.items} {
		gauge.DeleteLabelValues(m.modelName, version)
	}
}
