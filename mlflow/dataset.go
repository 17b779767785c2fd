package mlflow

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Limits of MLflow's server on a dataset (mlflow/utils/validation.py), in
// characters, and on the inputs of one request.
const (
	maxDatasetName    = 500
	maxDatasetDigest  = 36
	maxDatasetSource  = 65_535
	maxDatasetSchema  = 1_048_575
	maxDatasetProfile = 16_777_215
	maxInputsPerBatch = 100
)

// datasetContextTag is the tag of an input that says what it was used for.
const datasetContextTag = "mlflow.data.context"

// What a dataset was used for in a run, as MLflow's pages show it. Other words
// are allowed.
const (
	ContextTraining   = "training"
	ContextValidation = "validation"
	ContextHoldout    = "holdout"
)

// Dataset is data that a run used, described well enough to be found again.
// Within an experiment, name and digest identify it.
type Dataset struct {
	Name       string `json:"name"`              // e.g. "events"
	Digest     string `json:"digest"`            // of the content; at most 36 characters
	SourceType string `json:"source_type"`       // e.g. "local", "s3", "delta_table"
	Source     string `json:"source"`            // where it lies; by MLflow's custom a JSON object such as {"uri": "s3://bucket/events"}
	Schema     string `json:"schema,omitempty"`  // by MLflow's custom JSON, {"mlflow_colspec": […]}
	Profile    string `json:"profile,omitempty"` // by MLflow's custom a JSON object, such as {"num_rows": 396327}
}

// DatasetInput is a dataset as a run used it. A run has a dataset once: of two
// inputs of one name and digest, the server keeps the first.
type DatasetInput struct {
	Dataset Dataset `json:"dataset"`
	Context string  `json:"context"` // such as ContextTraining
}

func (i DatasetInput) validate() error {
	if i.Context == "" {
		return fmt.Errorf("dataset %q: the context is missing; say what it was used for, such as %q", i.Dataset.Name, ContextTraining)
	}
	return i.Dataset.Validate()
}

// Validate checks a dataset against MLflow's limits.
func (d Dataset) Validate() error {
	for _, field := range []struct {
		name, value string
		limit       int
		required    bool
	}{
		{"name", d.Name, maxDatasetName, true},
		{"digest", d.Digest, maxDatasetDigest, true},
		{"source type", d.SourceType, maxDatasetName, true},
		{"source", d.Source, maxDatasetSource, true},
		{"schema", d.Schema, maxDatasetSchema, false},
		{"profile", d.Profile, maxDatasetProfile, false},
	} {
		if field.required && field.value == "" {
			return fmt.Errorf("dataset %q: the %s is missing", d.Name, field.name)
		}
		if length := utf8.RuneCountInString(field.value); length > field.limit {
			return fmt.Errorf("dataset %q: the %s has %d characters, MLflow takes at most %d", d.Name, field.name, length, field.limit)
		}
	}
	return nil
}

type inputDocument struct {
	Tags    []tag   `json:"tags"`
	Dataset Dataset `json:"dataset"`
}

// LogInputs logs the datasets that a run used. Logging them again changes
// nothing.
func (c *Client) LogInputs(ctx context.Context, runID string, inputs []DatasetInput) error {
	documents := make([]inputDocument, len(inputs))
	for i, input := range inputs {
		if err := input.validate(); err != nil {
			return fmt.Errorf("log inputs of run %s: %w", runID, err)
		}
		documents[i] = inputDocument{[]tag{{datasetContextTag, input.Context}}, input.Dataset}
	}
	for begin := 0; begin < len(documents); begin += maxInputsPerBatch {
		request := struct {
			RunID    string          `json:"run_id"`
			Datasets []inputDocument `json:"datasets"`
		}{runID, documents[begin:min(begin+maxInputsPerBatch, len(documents))]}
		err := c.repeat(ctx, func(ctx context.Context) error {
			return c.send(ctx, http.MethodPost, "runs/log-inputs", request, nil)
		})
		if err != nil {
			return fmt.Errorf("log inputs of run %s: %w", runID, err)
		}
	}
	return nil
}

// datasetInputs gives a run's inputs from the server's documents.
func datasetInputs(documents []inputDocument) []DatasetInput {
	inputs := make([]DatasetInput, len(documents))
	for i, document := range documents {
		inputs[i] = DatasetInput{Dataset: document.Dataset, Context: tagMap(document.Tags)[datasetContextTag]}
	}
	return inputs
}

// MeasuredOn returns the metrics that were measured on a dataset rather than
// while learning: those whose key begins with an input's context, as holdout/ndcg
// does, each with that input's dataset.
func MeasuredOn(inputs []DatasetInput, metrics []Metric) []Metric {
	var found []Metric
	for _, input := range inputs {
		for _, metric := range metrics {
			if input.Context != ContextTraining && strings.HasPrefix(metric.Key, input.Context+"/") {
				metric.DatasetName, metric.DatasetDigest = input.Dataset.Name, input.Dataset.Digest
				found = append(found, metric)
			}
		}
	}
	return found
}
