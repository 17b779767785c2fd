// Package registry keeps a night's account in MLflow: one run and one version for a night, every
// decision as a tag on the version, and the aliases that say what serves.
//
// Everything it does may be done again: it finds what an earlier, killed attempt has made. MLflow
// has no compare-and-swap, so the night's lock must be held by whoever writes.
package registry

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
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

// The folders of a run's artifacts.
const (
	modelArtifacts  = "model"
	reportArtifacts = "reports"
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

// Log makes sure that the night's run holds the model's own record, its headline metrics, the model
// folder and the reports there are, and that it is finished.
func (r Registry) Log(ctx context.Context, night Night, reportsDir string) (mlflow.Run, error) {
	record, err := mlflow.ReadRecord(filepath.Join(night.ModelDir, "training.json"))
	if err != nil {
		return mlflow.Run{}, err
	}
	experiment, err := r.Client.EnsureExperiment(ctx, r.Experiment)
	if err != nil {
		return mlflow.Run{}, err
	}
	run, err := r.Client.EnsureRun(ctx, experiment, r.key(night), r.Model+" "+night.Date.String(), map[string]string{
		TagDate: night.Date.String(), TagDigest: night.Digest, TagModelDir: filepath.Base(night.ModelDir),
	})
	if err != nil {
		return mlflow.Run{}, err
	}
	record.Metrics = append(record.Metrics, Headline(record).metrics()...)
	if err := r.Client.LogRecord(ctx, run.ID, record); err != nil {
		return mlflow.Run{}, err
	}
	if err := r.Client.UploadFolder(ctx, run, night.ModelDir, modelArtifacts); err != nil {
		return mlflow.Run{}, err
	}
	if err := r.Client.UploadFolder(ctx, run, reportsDir, reportArtifacts); err != nil {
		return mlflow.Run{}, err
	}
	if err := r.Client.FinishRun(ctx, run.ID, mlflow.RunFinished); err != nil {
		return mlflow.Run{}, err
	}
	run.Status = mlflow.RunFinished
	return run, nil
}

// Register makes sure that the run has a version.
func (r Registry) Register(ctx context.Context, night Night, runID string) (mlflow.Version, error) {
	if err := r.Client.EnsureRegisteredModel(ctx, r.Model, "Daybreak's recommendations, one version a night."); err != nil {
		return mlflow.Version{}, err
	}
	return r.Client.EnsureVersion(ctx, r.Model, runID, modelArtifacts, map[string]string{
		TagDate: night.Date.String(), TagDigest: night.Digest, TagModelDir: filepath.Base(night.ModelDir),
		TagCheck: clip(night.Check),
	})
}

// Decide records the gate's verdict on a version, with the reports it rests on. The verdict's own
// tag comes last: where it is, all is.
func (r Registry) Decide(ctx context.Context, version mlflow.Version, verdict, reason, reportsDir string) error {
	run, err := r.Client.Run(ctx, version.RunID)
	if err != nil {
		return err
	}
	if err := r.Client.UploadFolder(ctx, run, reportsDir, reportArtifacts); err != nil {
		return err
	}
	if err := r.Client.SetVersionTag(ctx, r.Model, version.Version, TagReason, clip(reason)); err != nil {
		return err
	}
	return r.Client.SetVersionTag(ctx, r.Model, version.Version, TagGate, verdict)
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
