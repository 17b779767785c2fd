package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// operation is one thing that is logged to a run. Exactly one field is set. Each
// can be applied again without changing anything.
type operation struct {
	Start   *RunSpec         `json:"start,omitempty"`
	Record  *recordOperation `json:"record,omitempty"`
	Inputs  []DatasetInput   `json:"inputs,omitempty"`
	Files   []fileOperation  `json:"files,omitempty"`
	Table   *fileOperation   `json:"table,omitempty"`
	Model   *modelOperation  `json:"model,omitempty"`
	Version *VersionSpec     `json:"version,omitempty"`
	Finish  *finishOperation `json:"finish,omitempty"`
}

// recordOperation is a Record whose metrics' JSON form knows NaN.
type recordOperation struct {
	Params  map[string]string `json:"params,omitempty"`
	Metrics []metricDocument  `json:"metrics,omitempty"`
	Tags    map[string]string `json:"tags,omitempty"`
}

func recordOperationOf(record Record) *recordOperation {
	op := &recordOperation{Params: record.Params, Tags: record.Tags}
	for _, metric := range record.Metrics {
		op.Metrics = append(op.Metrics, documentOf(metric))
	}
	return op
}

func (o *recordOperation) record() (Record, error) {
	record := Record{Params: o.Params, Tags: o.Tags}
	for _, document := range o.Metrics {
		metric, err := document.metric()
		if err != nil {
			return Record{}, err
		}
		record.Metrics = append(record.Metrics, metric)
	}
	return record, nil
}

// fileOperation is a file of the artifacts.
type fileOperation struct {
	Path   string `json:"path"`             // among the artifacts
	SHA256 string `json:"sha256,omitempty"` // of the content, where that lies in a spool
}

type modelOperation struct {
	Spec    LoggedModelSpec  `json:"spec"`
	Files   []fileOperation  `json:"files"`
	Metrics []metricDocument `json:"metrics,omitempty"`
}

type finishOperation struct {
	Status RunStatus `json:"status"`
	End    time.Time `json:"end"`
}

// fileSource opens the content of an operation's files.
type fileSource interface {
	open(file fileOperation) (fileContent, error)
}

// fileContent is a file's content; it is closed once read.
type fileContent struct {
	io.ReaderAt
	io.Closer
	size int64
}

// runTarget is the run at a server that operations are applied to.
type runTarget struct {
	client  *Client
	run     Run
	version Version // the newest that was made
	leftOut []string
}

// apply does at the server what the operation says.
func (t *runTarget) apply(ctx context.Context, op operation, files fileSource) error {
	switch {
	case op.Start != nil:
		return t.start(ctx, *op.Start)
	case op.Record != nil:
		record, err := op.Record.record()
		if err != nil {
			return err
		}
		return t.client.LogRecord(ctx, t.run.ID, record)
	case op.Inputs != nil:
		return t.client.LogInputs(ctx, t.run.ID, op.Inputs)
	case op.Files != nil:
		return t.putFiles(ctx, t.run.ArtifactURI, "", op.Files, files)
	case op.Table != nil:
		if err := t.putFiles(ctx, t.run.ArtifactURI, "", []fileOperation{*op.Table}, files); err != nil {
			return err
		}
		return t.client.listTable(ctx, t.run.ID, op.Table.Path)
	case op.Model != nil:
		return t.logModel(ctx, *op.Model, files)
	case op.Version != nil:
		return t.register(ctx, *op.Version)
	case op.Finish != nil:
		return t.client.finishRun(ctx, t.run.ID, op.Finish.Status, op.Finish.End)
	}
	return errors.New("the operation is none that this program knows; replay it with a newer one")
}

// start makes sure that the run is there and running.
func (t *runTarget) start(ctx context.Context, spec RunSpec) error {
	if err := t.find(ctx, spec); err != nil {
		return err
	}
	if t.run.Status == RunFailed || t.run.Status == RunKilled {
		return t.client.ResumeRun(ctx, t.run.ID)
	}
	return nil
}

// find makes sure that the run is there.
func (t *runTarget) find(ctx context.Context, spec RunSpec) error {
	if spec.RunID != "" {
		var err error
		if t.run, err = t.client.Run(ctx, spec.RunID); err != nil {
			return err
		}
		return t.client.SetRunTags(ctx, spec.RunID, spec.Tags)
	}
	experiment, err := t.client.EnsureExperiment(ctx, spec.Experiment)
	if err != nil {
		return err
	}
	options := []RunOption{StartedAt(spec.Start)}
	if spec.Parent != "" {
		options = append(options, ChildOf(spec.Parent))
	}
	t.run, err = t.client.EnsureRun(ctx, experiment, spec.Key, spec.Name, spec.Tags, options...)
	return err
}

// logModel logs the model as its own kind of thing where the server has that,
// else as artifacts of the run.
func (t *runTarget) logModel(ctx context.Context, op modelOperation, files fileSource) error {
	record, err := (&recordOperation{Metrics: op.Metrics}).record()
	if err != nil {
		return err
	}
	model, err := t.client.EnsureLoggedModel(ctx, t.run, op.Spec)
	if IsUnsupported(err) {
		t.leftOut = append(t.leftOut, fmt.Sprintf("the logged model %q: its files are the run's artifacts, its metrics the run's (%v)", op.Spec.Name, err))
		if err := t.putFiles(ctx, t.run.ArtifactURI, op.Spec.Name, op.Files, files); err != nil {
			return err
		}
		return t.client.LogRecord(ctx, t.run.ID, record)
	}
	if err != nil {
		return err
	}
	if err := t.putFiles(ctx, model.ArtifactURI, "", op.Files, files); err != nil {
		return err
	}
	for i := range record.Metrics {
		record.Metrics[i].ModelID = model.ID
	}
	if err := t.client.LogRecord(ctx, t.run.ID, record); err != nil {
		return err
	}
	return t.client.FinishLoggedModel(ctx, model.ID, LoggedModelReady)
}

func (t *runTarget) register(ctx context.Context, spec VersionSpec) error {
	if err := t.client.EnsureRegisteredModel(ctx, spec.RegisteredModel, spec.ModelDescription); err != nil {
		return err
	}
	options := []VersionOption{WithDescription(spec.Description)}
	model, found, err := t.client.findLoggedModel(ctx, t.run, spec.Model)
	if err != nil && !IsUnsupported(err) {
		return err
	}
	if found {
		options = append(options, FromLoggedModel(model))
	}
	t.version, err = t.client.EnsureVersion(ctx, spec.RegisteredModel, t.run.ID, spec.Model, spec.Tags, options...)
	return err
}
