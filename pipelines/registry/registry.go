// Package registry keeps a night's account in MLflow: one run and one version for a night, every
// decision as a tag on the version, and the aliases that say what serves.
//
// Everything it does may be done again: it finds what an earlier, killed attempt has made. MLflow
// has no compare-and-swap, so the night's lock must be held by whoever writes.
package registry

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// The aliases of a registered model.
const (
	Challenger = "challenger" // the newest version that passed the gate
	Champion   = "champion"   // the version that serves
)

// Tags of runs and versions.
const (
	TagDate     = "daybreak.date"          // the night's day
	TagDigest   = "daybreak.config_digest" // of the night's configuration
	TagModelDir = "daybreak.model_dir"     // the model folder's name below <data>/models
	TagCheck    = "daybreak.check"         // the check's verdict
	TagGate     = "daybreak.gate"          // promote or reject
	TagReason   = "daybreak.reason"        // of the gate's verdict, in words and numbers
	TagRollout  = "daybreak.rollout"       // what became of the hand-over
)

const (
	modelName       = "model"   // of a run's logged model
	reportArtifacts = "reports" // folder of a run's artifacts
)

// tagLength is how many characters of a text MLflow keeps in a tag of a version.
const tagLength = 5000

// Registry is a registered model at an MLflow server and the experiment of its runs.
type Registry struct {
	Client     *mlflow.Client
	Model      string
	Experiment string
}

// Night names what a run and a version are of.
type Night struct {
	Date     events.Day
	Digest   string // of the configuration, hexadecimal
	ModelDir string // the complete model folder
	Check    string // the check's verdict and its summary
}

// key is the same for the same night, and no other.
func (r Registry) key(n Night) string {
	return fmt.Sprintf("%s/%s/%s", r.Model, n.Date, n.Digest)
}

// Found is what the registry holds of a night, and what serves. What isn't there is nil.
type Found struct {
	Run        *mlflow.Run
	Version    *mlflow.Version
	Champion   *mlflow.Version
	Challenger *mlflow.Version
}

// Find looks up what is there of a night.
func (r Registry) Find(ctx context.Context, night Night) (Found, error) {
	var found Found
	experiment, err := r.Client.EnsureExperiment(ctx, r.Experiment)
	if err != nil {
		return Found{}, err
	}
	key, err := mlflow.Quote(r.key(night))
	if err != nil {
		return Found{}, err
	}
	runs, err := r.Client.SearchRuns(ctx, mlflow.RunQuery{
		ExperimentIDs: []string{experiment},
		Filter:        "tags.`" + mlflow.KeyTag + "` = " + key,
		OrderBy:       []string{"attributes.start_time ASC"},
		Limit:         1,
	})
	if err != nil {
		return Found{}, err
	}
	if len(runs) > 0 {
		found.Run = &runs[0]
		if found.Version, err = r.versionOf(ctx, runs[0].ID); err != nil {
			return Found{}, err
		}
	}
	if found.Champion, err = r.byAlias(ctx, Champion); err != nil {
		return Found{}, err
	}
	found.Challenger, err = r.byAlias(ctx, Challenger)
	return found, err
}

func (r Registry) versionOf(ctx context.Context, runID string) (*mlflow.Version, error) {
	name, err := mlflow.Quote(r.Model)
	if err != nil {
		return nil, err
	}
	run, err := mlflow.Quote(runID)
	if err != nil {
		return nil, err
	}
	versions, err := r.Client.SearchVersions(ctx, mlflow.VersionQuery{
		Filter: "name = " + name + " and run_id = " + run, OrderBy: []string{"version_number ASC"}, Limit: 1,
	})
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	return &versions[0], nil
}

// byAlias returns the version an alias names, or nil.
func (r Registry) byAlias(ctx context.Context, alias string) (*mlflow.Version, error) {
	version, err := r.Client.VersionByAlias(ctx, r.Model, alias)
	if mlflow.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &version, nil
}

// Serving returns the version that serves, or nil where none does.
func (r Registry) Serving(ctx context.Context) (*mlflow.Version, error) {
	return r.byAlias(ctx, Champion)
}

// name is what people call the night's run.
func (r Registry) name(n Night) string { return r.Model + " " + n.Date.String() }

// spec says which run is the night's. It begins at start, where it is made.
func (r Registry) spec(n Night, start time.Time) mlflow.RunSpec {
	tags := mlflow.ReadProvenance().Tags()
	tags[TagDate], tags[TagDigest], tags[TagModelDir] = n.Date.String(), n.Digest, filepath.Base(n.ModelDir)
	return mlflow.RunSpec{Experiment: r.Experiment, Key: r.key(n), Name: r.name(n), Start: start, Tags: tags}
}

// Begin makes sure that there is a run of the night, and that it is running.
func (r Registry) Begin(ctx context.Context, night Night) (mlflow.Run, error) {
	run, err := r.Client.StartRun(ctx, r.spec(night, time.Now()))
	if err != nil {
		return mlflow.Run{}, err
	}
	return run.Run(), nil
}

// Fail ends a run whose training failed. A night that trains again goes on with it.
func (r Registry) Fail(ctx context.Context, runID string) error {
	return r.Client.FinishRun(ctx, runID, mlflow.RunFailed)
}

// Log makes sure that the night's run holds the model's own record, its headline metrics, what its
// card says, the model with what was measured of it, and the reports there are, and that it is
// finished. On MLflow 2, which knows no logged models, the model is a folder of the run's artifacts.
func (r Registry) Log(ctx context.Context, night Night, card reports.Card, reportsDir string) (mlflow.Run, error) {
	record, err := mlflow.ReadRecord(filepath.Join(night.ModelDir, "training.json"))
	if err != nil {
		return mlflow.Run{}, err
	}
	active, err := r.Client.StartRun(ctx, r.spec(night, begun(record)))
	if err != nil {
		return mlflow.Run{}, err
	}
	record.Metrics = append(record.Metrics, Headline(record).metrics()...)
	record.Metrics = append(record.Metrics, listMetrics(card)...)
	if err := active.LogRecord(ctx, record); err != nil {
		return mlflow.Run{}, err
	}
	if err := logCard(ctx, active, card); err != nil {
		return mlflow.Run{}, err
	}
	run := active.Run()
	if err := active.LogModel(ctx, mlflow.ModelSpec{
		LoggedModelSpec: mlflow.LoggedModelSpec{Name: modelName, Type: r.Model, Params: record.Params},
		Dir:             night.ModelDir,
		Metrics:         mlflow.MeasuredOn(card.Datasets, record.Metrics),
	}); err != nil {
		return mlflow.Run{}, err
	}
	if err := r.uploadReports(ctx, run, reportsDir); err != nil {
		return mlflow.Run{}, err
	}
	if err := active.Finish(ctx, mlflow.RunFinished); err != nil {
		return mlflow.Run{}, err
	}
	run.Status = mlflow.RunFinished
	return run, nil
}

// uploadReports uploads a night's reports, but for the page, which lies where people look first.
func (r Registry) uploadReports(ctx context.Context, run mlflow.Run, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("upload reports: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == reports.Page {
			continue
		}
		if err := r.Client.UploadFile(ctx, run, filepath.Join(dir, entry.Name()), path.Join(reportArtifacts, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// begun is when the training of a record began: its first metric tells. The zero time is now.
func begun(record mlflow.Record) time.Time {
	var first int64
	for _, metric := range record.Metrics {
		if metric.Timestamp > 0 && (first == 0 || metric.Timestamp < first) {
			first = metric.Timestamp
		}
	}
	if first == 0 {
		return time.Time{}
	}
	return time.UnixMilli(first)
}

// modelDescription tells who opens the registered model what it is.
const modelDescription = `Product recommendations that **Daybreak** learns anew each night: one version a night.

- Alias **champion**: the version that serves. Alias **challenger**: the newest that passed the gate.
- Tags of a version say what was decided and why: ` + "`daybreak.check`, `daybreak.gate`, `daybreak.reason`, `daybreak.rollout`" + `.
- ` + "`mlflow.pyfunc.load_model(\"models:/MODEL@champion\")`" + ` answers as the service does.`

// Register makes sure that the run has a version.
func (r Registry) Register(ctx context.Context, night Night, runID string) (mlflow.Version, error) {
	run, err := r.Client.StartRun(ctx, mlflow.RunSpec{RunID: runID})
	if err != nil {
		return mlflow.Version{}, err
	}
	return run.Register(ctx, mlflow.VersionSpec{
		RegisteredModel: r.Model, ModelDescription: strings.ReplaceAll(modelDescription, "MODEL", r.Model), Model: modelName,
		Tags: map[string]string{
			TagDate: night.Date.String(), TagDigest: night.Digest, TagModelDir: filepath.Base(night.ModelDir),
			TagCheck: clip(night.Check),
		},
	})
}

// Decision is the gate's verdict on a version, and what is told of it.
type Decision struct {
	Verdict string // promote or reject
	Reason  string // in words and numbers
	Note    string // the night's account, in Markdown
	Metrics map[string]float64
}

// Decide records the gate's verdict on a version and its run, with the reports it rests on. The
// verdict's own tag of the version comes last: where it is, all is.
func (r Registry) Decide(ctx context.Context, version mlflow.Version, decision Decision, reportsDir string) error {
	run, err := r.Client.Run(ctx, version.RunID)
	if err != nil {
		return err
	}
	if err := r.uploadReports(ctx, run, reportsDir); err != nil {
		return err
	}
	if err := r.Client.UploadFile(ctx, run, filepath.Join(reportsDir, reports.Page), reports.Page); err != nil {
		return err
	}
	record := mlflow.Record{Tags: map[string]string{
		mlflow.NoteTag: clip(decision.Note), TagReason: clip(decision.Reason), TagGate: decision.Verdict,
		TagCheck: version.Tags[TagCheck],
	}}
	for key, value := range decision.Metrics {
		record.Metrics = append(record.Metrics, mlflow.Metric{Key: key, Value: value})
	}
	if err := r.Client.LogRecord(ctx, run.ID, record); err != nil {
		return err
	}
	if err := r.Client.SetVersionDescription(ctx, r.Model, version.Version, clip(decision.Note)); err != nil {
		return err
	}
	if err := r.Client.SetVersionTag(ctx, r.Model, version.Version, TagReason, clip(decision.Reason)); err != nil {
		return err
	}
	return r.Client.SetVersionTag(ctx, r.Model, version.Version, TagGate, decision.Verdict)
}

// SetRollout records what became of a version's hand-over.
func (r Registry) SetRollout(ctx context.Context, version, outcome string) error {
	return r.Client.SetVersionTag(ctx, r.Model, version, TagRollout, clip(outcome))
}

// SetAlias makes an alias name a version.
func (r Registry) SetAlias(ctx context.Context, alias, version string) error {
	return r.Client.SetAlias(ctx, r.Model, alias, version)
}

// LogUnseen logs, to the run of the model in the folder named modelDir, how it did on a day it had
// not seen. A model without a run is none of the registry's.
func (r Registry) LogUnseen(ctx context.Context, modelDir string, day time.Time, age int, metrics map[string]float64) error {
	experiment, err := r.Client.EnsureExperiment(ctx, r.Experiment)
	if err != nil {
		return err
	}
	quoted, err := mlflow.Quote(modelDir)
	if err != nil {
		return err
	}
	runs, err := r.Client.SearchRuns(ctx, mlflow.RunQuery{
		ExperimentIDs: []string{experiment}, Filter: "tags.`" + TagModelDir + "` = " + quoted, Limit: 1,
	})
	if err != nil || len(runs) == 0 {
		return err
	}
	var points []mlflow.Metric
	for key, value := range metrics {
		points = append(points, mlflow.Metric{Key: key, Value: value, Step: int64(age), Timestamp: day.UnixMilli()})
	}
	return r.Client.LogMetrics(ctx, runs[0].ID, points)
}

// clip keeps a text within what a tag holds.
func clip(text string) string {
	if runes := []rune(text); len(runes) > tagLength {
		return strings.TrimSpace(string(runes[:tagLength-1])) + "…"
	}
	return text
}
