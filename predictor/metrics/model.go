package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybreak-ml/daybreak/model"
)

// Model is the metrics of one model. It is safe for concurrent use.
type Model struct {
	metrics *Metrics
	name    string

	preprocess  prometheus.Observer
	predict     prometheus.Observer
	postprocess prometheus.Observer
	explain     prometheus.Observer

	last map[model.Strategy]*atomic.Pointer[recommended] // what was recommended last
}

// recommended is the metric of lists of one strategy, which is looked up when a version gives the first.
type recommended struct {
	version string
	lists   prometheus.Counter
}

// Model returns the metrics of the model of this name, which must be one that there is.
func (m *Metrics) Model(name string) *Model {
	if known, ok := m.models.Load(name); ok {
		return known.(*Model)
	}
	made, _ := m.models.LoadOrStore(name, &Model{
		metrics:     m,
		name:        name,
		preprocess:  m.preprocess.WithLabelValues(name),
		predict:     m.predict.WithLabelValues(name),
		postprocess: m.postprocess.WithLabelValues(name),
		explain:     m.explain.WithLabelValues(name),
		last:        map[model.Strategy]*atomic.Pointer[recommended]{model.Blend: {}, model.Similar: {}, model.Popularity: {}},
	})
	return made.(*Model)
}

// Preprocessed measures the reading of a request.
func (m *Model) Preprocessed(took time.Duration) { m.preprocess.Observe(took.Seconds()) }

// Predicted measures the scoring of a request, and counts the lists it gave.
func (m *Model) Predicted(version string, answers []model.Answer, took time.Duration) {
	m.predict.Observe(took.Seconds())
	for _, answer := range answers {
		m.recommended(answer.Strategy, version).Inc()
	}
}

func (m *Model) recommended(strategy model.Strategy, version string) prometheus.Counter {
	last := m.last[strategy]
	known := last.Load()
	if known == nil || known.version != version {
		known = &recommended{version, m.metrics.recommendations.WithLabelValues(string(strategy), m.name, version)}
		last.Store(known)
	}
	return known.lists
}

// Explained measures the explaining of a request.
func (m *Model) Explained(took time.Duration) { m.explain.Observe(took.Seconds()) }

// Postprocessed measures the writing of an answer.
func (m *Model) Postprocessed(took time.Duration) { m.postprocess.Observe(took.Seconds()) }

// Loaded tells of a version that was put in service.
func (m *Model) Loaded(version string, config model.Config, took time.Duration) {
	m.metrics.loads.Inc()
	m.metrics.loadDuration.Observe(took.Seconds())
	m.metrics.info.WithLabelValues(m.name, version).Set(1)
	m.metrics.users.WithLabelValues(m.name, version).Set(float64(config.Counts.Users))
	m.metrics.items.WithLabelValues(m.name, version).Set(float64(config.Counts.Items))
	if asOf, err := config.AsOfTime(); err == nil { // a loaded model's is well formed
		m.metrics.asOf.WithLabelValues(m.name, version).Set(float64(asOf.Unix()))
	}
}

// LoadFailed tells of a version that was refused.
func (m *Model) LoadFailed() { m.metrics.loadFailures.Inc() }

// Retired tells of a version whose memory was given back.
func (m *Model) Retired(version string) {
	for _, gauge := range []*prometheus.GaugeVec{m.metrics.info, m.metrics.asOf, m.metrics.users, m.metrics.items} {
		gauge.DeleteLabelValues(m.name, version)
	}
}
