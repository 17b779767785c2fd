package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Limits of one runs/log-batch request. The server takes 1,000,000 bytes; the
// rest is left for the request's frame.
const (
	maxBatchEntities     = 1000 // params, metrics and tags together
	maxBatchParams       = 100
	maxBatchTags         = 100
	maxBatchBytes        = 900_000
	metricHistoryMaxPage = 25000
)

// metricDocument is a metric as the API writes it.
type metricDocument struct {
	Key       string      `json:"key"`
	Value     jsonNumber  `json:"value"`
	Timestamp json.Number `json:"timestamp"`
	Step      json.Number `json:"step"`

	ModelID       string `json:"model_id,omitempty"`
	DatasetName   string `json:"dataset_name,omitempty"`
	DatasetDigest string `json:"dataset_digest,omitempty"`
}

func documentOf(m Metric) metricDocument {
	return metricDocument{m.Key, jsonNumber(m.Value), int64Number(m.Timestamp), int64Number(m.Step), m.ModelID, m.DatasetName, m.DatasetDigest}
}

func (d metricDocument) metric() (Metric, error) {
	timestamp, err := parseInt64(d.Timestamp)
	if err != nil {
		return Metric{}, fmt.Errorf("metric %q: timestamp: %w", d.Key, err)
	}
	step, err := parseInt64(d.Step)
	if err != nil {
		return Metric{}, fmt.Errorf("metric %q: step: %w", d.Key, err)
	}
	return Metric{
		Key: d.Key, Value: float64(d.Value), Step: step, Timestamp: timestamp,
		ModelID: d.ModelID, DatasetName: d.DatasetName, DatasetDigest: d.DatasetDigest,
	}, nil
}

// parseInt64 reads an integer that may be absent, which is 0.
func parseInt64(number json.Number) (int64, error) {
	if number == "" {
		return 0, nil
	}
	return strconv.ParseInt(string(number), 10, 64)
}

func int64Number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

// batch is the body of runs/log-batch.
type batch struct {
	RunID   string            `json:"run_id"`
	Params  []json.RawMessage `json:"params,omitempty"`
	Metrics []json.RawMessage `json:"metrics,omitempty"`
	Tags    []json.RawMessage `json:"tags,omitempty"`
	bytes   int
}

func (b *batch) holds(more int) bool {
	return len(b.Params)+len(b.Metrics)+len(b.Tags) < maxBatchEntities && b.bytes+more < maxBatchBytes
}

// LogRecord logs params, metrics and tags to a run, in as many requests as
// MLflow's limits need. A record that breaks a limit is refused before anything
// is logged.
//
// Logging the same record again changes nothing: MLflow's database store keeps
// one of identical metric points, takes a param again if its value is the same
// (another value is an error: params don't change), and replaces tags.
func (c *Client) LogRecord(ctx context.Context, runID string, record Record) error {
	if err := record.Validate(); err != nil {
		return fmt.Errorf("log to run %s: %w", runID, err)
	}
	record, err := c.withTimestamps(ctx, runID, record)
	if err != nil {
		return fmt.Errorf("log to run %s: %w", runID, err)
	}
	batches, err := split(runID, record)
	if err != nil {
		return fmt.Errorf("log to run %s: %w", runID, err)
	}
	for i, batch := range batches {
		err := c.repeat(ctx, func(ctx context.Context) error {
			return c.send(ctx, http.MethodPost, "runs/log-batch", batch, nil)
		})
		if err != nil {
			return fmt.Errorf("log to run %s (batch %d of %d): %w", runID, i+1, len(batches), err)
		}
	}
	return nil
}

// LogMetrics logs points of metrics to a run; see LogRecord.
func (c *Client) LogMetrics(ctx context.Context, runID string, metrics []Metric) error {
	return c.LogRecord(ctx, runID, Record{Metrics: metrics})
}

// LogParams logs params to a run; see LogRecord.
func (c *Client) LogParams(ctx context.Context, runID string, params map[string]string) error {
	return c.LogRecord(ctx, runID, Record{Params: params})
}

// withTimestamps gives points without a time that of the run's start. The
// present would make another point of it each time it is logged.
func (c *Client) withTimestamps(ctx context.Context, runID string, record Record) (Record, error) {
	var start int64
	metrics := make([]Metric, len(record.Metrics))
	for i, metric := range record.Metrics {
		if metric.Timestamp == 0 {
			if start == 0 {
				run, err := c.Run(ctx, runID)
				if err != nil {
					return Record{}, err
				}
				start = run.Start.UnixMilli()
			}
			metric.Timestamp = start
		}
		metrics[i] = metric
	}
	record.Metrics = metrics
	return record, nil
}

// split packs a record into batches within the limits of one request.
func split(runID string, record Record) ([]*batch, error) {
	var batches []*batch
	// add finds room for an entity in the newest batch, or opens another.
	add := func(entity any, kind func(*batch) *[]json.RawMessage, limit int) error {
		encoded, err := json.Marshal(entity)
		if err != nil {
			return fmt.Errorf("encode %v: %w", entity, err)
		}
		last := len(batches) - 1
		if last < 0 || !batches[last].holds(len(encoded)) || len(*kind(batches[last])) == limit {
			batches = append(batches, &batch{RunID: runID})
			last++
		}
		list := kind(batches[last])
		*list = append(*list, encoded)
		batches[last].bytes += len(encoded) + 1 // and a comma
		return nil
	}
	for _, param := range tagList(record.Params) {
		if err := add(param, func(b *batch) *[]json.RawMessage { return &b.Params }, maxBatchParams); err != nil {
			return nil, err
		}
	}
	for _, m := range record.Metrics {
		if err := add(documentOf(m), func(b *batch) *[]json.RawMessage { return &b.Metrics }, maxBatchEntities); err != nil {
			return nil, err
		}
	}
	for _, tag := range tagList(record.Tags) {
		if err := add(tag, func(b *batch) *[]json.RawMessage { return &b.Tags }, maxBatchTags); err != nil {
			return nil, err
		}
	}
	return batches, nil
}

// MetricHistory returns every point of a run's metric in the server's order; no
// points where there is no such metric.
func (c *Client) MetricHistory(ctx context.Context, runID, key string) ([]Metric, error) {
	var history []Metric
	err := pages(0, metricHistoryMaxPage, func(token string, size int) (int, string, error) {
		query := url.Values{"run_id": {runID}, "metric_key": {key}, "max_results": {strconv.Itoa(size)}}
		if token != "" {
			query.Set("page_token", token)
		}
		var page struct {
			Metrics       []metricDocument `json:"metrics"`
			NextPageToken string           `json:"next_page_token"`
		}
		err := c.repeat(ctx, func(ctx context.Context) error {
			page.Metrics, page.NextPageToken = nil, ""
			return c.get(ctx, "metrics/get-history", query, &page)
		})
		if err != nil {
			return 0, "", err
		}
		for _, document := range page.Metrics {
			metric, err := document.metric()
			if err != nil {
				return 0, "", err
			}
			history = append(history, metric)
		}
		return len(page.Metrics), page.NextPageToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("history of metric %q of run %s: %w", key, runID, err)
	}
	return history, nil
}
