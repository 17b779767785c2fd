package mlflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"sync"
	"time"
)

// RunSpec says which run a program works on.
type RunSpec struct {
	Experiment string            `json:"experiment"`
	Key        string            `json:"key"`              // of EnsureRun: whoever starts a run with the same key goes on with it
	RunID      string            `json:"run_id,omitempty"` // a run that exists, to go on with, whatever its key; see RunIDVariable
	Name       string            `json:"name,omitempty"`
	Start      time.Time         `json:"start"` // of a run that is made; now if zero
	Parent     string            `json:"parent,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
}

// ModelSpec is a model that a run made, with its files.
type ModelSpec struct {
	LoggedModelSpec
	Dir     string   // local folder that holds its files
	Metrics []Metric // what was measured of it; MLflow links each to the model
}

// VersionSpec is the version to make of a run's model.
type VersionSpec struct {
	RegisteredModel  string            `json:"registered_model"`
	ModelDescription string            `json:"model_description,omitempty"` // of a registered model that is made
	Description      string            `json:"description,omitempty"`       // of the version
	Model            string            `json:"model"`                       // name of the run's ModelSpec
	Tags             map[string]string `json:"tags,omitempty"`
}

// ActiveRun is a run that a program is logging to. Each of its calls is safe to
// do again after a process died. It is not safe for concurrent use, LogMetrics
// excepted.
type ActiveRun struct {
	target *runTarget

	mutex sync.Mutex
	spool *spool // nil without SpoolTo
}

// StartOption changes how a run is started.
type StartOption func(*startOptions)

type startOptions struct{ spool string }

// SpoolTo gives a folder on this machine that a run is written to as soon as the
// server is unavailable, be it from the start or from somewhere in the middle.
// Logging then succeeds once it is on disk, files included. Client.Replay, or
// starting the run again, sends it to the server.
func SpoolTo(folder string) StartOption {
	return func(o *startOptions) { o.spool = folder }
}

// StartRun makes the run or goes on with it. One that had failed or was killed
// is running again. With SpoolTo, what an earlier process spooled of the run is
// replayed first.
func (c *Client) StartRun(ctx context.Context, spec RunSpec, options ...StartOption) (*ActiveRun, error) {
	var chosen startOptions
	for _, option := range options {
		option(&chosen)
	}
	if spec.Start.IsZero() {
		spec.Start = time.Now()
	}
	run := &ActiveRun{target: &runTarget{client: c}}
	if chosen.spool != "" {
		run.spool = newSpool(chosen.spool, spec)
	}
	if err := run.start(ctx, spec); err != nil {
		return nil, fmt.Errorf("start run: %w", errors.Join(err, run.Close()))
	}
	return run, nil
}

func (r *ActiveRun) start(ctx context.Context, spec RunSpec) error {
	op := operation{Start: &spec}
	if r.spool != nil {
		if err := r.spool.drain(ctx, r.target.client); stopped(err) {
			return r.spool.add(op, nil)
		} else if err != nil {
			return err
		}
	}
	return r.do(ctx, op, nil)
}

// do applies an operation at the server or, where that is unavailable, spools
// it.
func (r *ActiveRun) do(ctx context.Context, op operation, files fileSource) error {
	if spooled, err := r.spoolIfDown(op, files); spooled {
		return err
	}
	err := r.target.apply(ctx, op, files)
	if !stopped(err) || r.spool == nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.spool.add(op, files)
}

func (r *ActiveRun) spoolIfDown(op operation, files fileSource) (spooled bool, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.spool == nil || r.spool.open == nil {
		return false, nil
	}
	return true, r.spool.add(op, files)
}

// Spooled reports whether the run is being written to the spool folder: it is
// not, or not all, at the server.
func (r *ActiveRun) Spooled() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.spool != nil && r.spool.open != nil
}

// Close lets go of the spool folder, for Replay. The run stays as it is; Finish
// ends it.
func (r *ActiveRun) Close() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.spool == nil {
		return nil
	}
	return r.spool.close()
}

// Run is the run as it was when it was started; the zero Run when the server
// was unavailable then.
func (r *ActiveRun) Run() Run { return r.target.run }

// LeftOut says what the server was too old to be told, in a sentence each.
func (r *ActiveRun) LeftOut() []string { return r.target.leftOut }

// LogRecord logs params, metrics and tags; see Client.LogRecord.
func (r *ActiveRun) LogRecord(ctx context.Context, record Record) error {
	if err := record.Validate(); err != nil {
		return fmt.Errorf("log record: %w", err)
	}
	return r.do(ctx, operation{Record: recordOperationOf(record)}, nil)
}

// LogMetrics logs points of metrics; see Client.LogRecord.
func (r *ActiveRun) LogMetrics(ctx context.Context, metrics []Metric) error {
	return r.LogRecord(ctx, Record{Metrics: metrics})
}

// SetTags sets tags, replacing earlier values; other tags stay.
func (r *ActiveRun) SetTags(ctx context.Context, tags map[string]string) error {
	return r.LogRecord(ctx, Record{Tags: tags})
}

// LogInputs logs the datasets that the run uses; see Client.LogInputs.
func (r *ActiveRun) LogInputs(ctx context.Context, inputs []DatasetInput) error {
	for _, input := range inputs {
		if err := input.validate(); err != nil {
			return fmt.Errorf("log inputs: %w", err)
		}
	}
	return r.do(ctx, operation{Inputs: inputs}, nil)
}

// LogTable writes a table to the artifacts and lists it in the run's page; see
// Client.LogTable.
func (r *ActiveRun) LogTable(ctx context.Context, artifactFile string, table Table) error {
	content, err := table.encode()
	if err == nil {
		err = validateTableName(artifactFile)
	}
	if err != nil {
		return fmt.Errorf("log table %s: %w", artifactFile, err)
	}
	return r.do(ctx, operation{Table: &fileOperation{Path: artifactFile}}, contentFile{artifactFile, bytes.NewReader(content)})
}

// UploadFile uploads a local file to the artifacts as artifactPath; see
// Client.UploadFile.
func (r *ActiveRun) UploadFile(ctx context.Context, localPath, artifactPath string) error {
	if err := validateArtifactPath(artifactPath); err != nil {
		return fmt.Errorf("upload %s: %w", localPath, err)
	}
	return r.do(ctx, operation{Files: []fileOperation{{Path: artifactPath}}}, localFiles{artifactPath: localPath})
}

// UploadFolder uploads every file of a local folder to the artifacts under
// artifactPath; see Client.UploadFolder.
func (r *ActiveRun) UploadFolder(ctx context.Context, localDir, artifactPath string) error {
	if err := validateArtifactPath(artifactPath); err != nil {
		return fmt.Errorf("upload %s: %w", localDir, err)
	}
	names, err := regularFiles(localDir)
	if err != nil {
		return fmt.Errorf("upload %s: %w", localDir, err)
	}
	files := localFiles{}
	for _, name := range names {
		files[path.Join(artifactPath, name)] = filepath.Join(localDir, filepath.FromSlash(name))
	}
	return r.do(ctx, operation{Files: files.operations()}, files)
}

// LogText writes a text file, such as a page, to the artifacts.
func (r *ActiveRun) LogText(ctx context.Context, artifactFile, text string) error {
	if err := validateArtifactPath(artifactFile); err != nil {
		return fmt.Errorf("log text: %w", err)
	}
	return r.do(ctx, operation{Files: []fileOperation{{Path: artifactFile}}}, contentFile{artifactFile, bytes.NewReader([]byte(text))})
}

// LogModel logs a model with its files and metrics: as a logged model of the run
// where the server has those, else as the run's artifacts in a folder of its
// name, the metrics as the run's alone.
func (r *ActiveRun) LogModel(ctx context.Context, spec ModelSpec) error {
	files, err := folderFiles(spec.Dir)
	if err != nil {
		return fmt.Errorf("log model %q: %w", spec.Name, err)
	}
	record := Record{Metrics: spec.Metrics}
	if err := record.Validate(); err != nil {
		return fmt.Errorf("log model %q: %w", spec.Name, err)
	}
	op := modelOperation{Spec: spec.LoggedModelSpec, Files: files.operations(), Metrics: recordOperationOf(record).Metrics}
	return r.do(ctx, operation{Model: &op}, files)
}

// Register makes a version of a model that LogModel logged, at most one of a
// registered model for a run. It returns once the version is ready; of a run that
// is spooled, with the zero Version.
func (r *ActiveRun) Register(ctx context.Context, spec VersionSpec) (Version, error) {
	err := r.do(ctx, operation{Version: &spec}, nil)
	return r.target.version, err
}

// Finish ends the run with this status, now.
func (r *ActiveRun) Finish(ctx context.Context, status RunStatus) error {
	return r.do(ctx, operation{Finish: &finishOperation{status, time.Now()}}, nil)
}
