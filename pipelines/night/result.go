package night

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// Result is what a night came to.
type Result struct {
	Date events.Day `json:"date"`
	// Events, Users and Items are the day's own.
	Events int `json:"events"`
	Users  int `json:"users"`
	Items  int `json:"items"`
	// Learned is what tonight's model has learned from; nil where none was trained.
	Learned *registry.Learned `json:"learned"`
	Check   CheckResult       `json:"check"`
	// Metrics are tonight's model's, on all items; nil where none was trained.
	Metrics *registry.Quality `json:"metrics"`
	Gate    *GateResult       `json:"gate"` // nil where the night did not come to it
	// Version is tonight's; ServingVersion the one that serves now, empty where none does or where
	// the registry can't be asked.
	Version        string           `json:"version"`
	ServingVersion string           `json:"serving_version"`
	Seconds        map[Step]float64 `json:"seconds"`
}

// CheckResult is the check's verdict.
type CheckResult struct {
	Verdict check.Verdict `json:"verdict"`
	Reasons []string      `json:"reasons"`
}

// GateResult is the gate's verdict.
type GateResult struct {
	Verdict gate.Decision `json:"verdict"`
	Reason  string        `json:"reason"`
}

// result says what the night came to, and keeps it beside its reports.
func (n *night) result(ctx context.Context, state State) (Result, error) {
	result := Result{Date: n.config.Date, Version: state.Version, Seconds: n.seconds, Check: CheckResult{Reasons: []string{}}}
	manifest, err := n.store.Manifest(n.config.Date)
	if err != nil {
		return Result{}, err
	}
	result.Events, result.Users, result.Items = manifest.Kept, manifest.Users, manifest.Items
	var report check.Report
	found, err := reports.Read(n.reports, reports.Check, &report)
	if err != nil {
		return Result{}, err
	}
	if found {
		result.Check = CheckResult{report.Verdict, report.Reasons}
	}
	if state.Trained {
		record, err := mlflow.ReadRecord(filepath.Join(n.modelDir, "training.json"))
		if err != nil {
			return Result{}, err
		}
		quality, learned := registry.Headline(record), registry.LearnedFrom(record)
		result.Metrics, result.Learned = &quality, &learned
	}
	if state.Verdict != "" {
		result.Gate = &GateResult{state.Verdict, n.reason}
	}
	if state.Held() {
		if _, err := n.tell(""); err != nil {
			return Result{}, err
		}
	}
	result.ServingVersion = n.serving(ctx, state)
	return result, reports.Write(n.reports, reports.Night, result)
}

// serving gives the version that serves. A night that ended at the check did not need the registry,
// and does not fail because it is away.
func (n *night) serving(ctx context.Context, state State) string {
	if state.Consulted {
		return state.Serving.Version
	}
	version, err := n.config.Registry.Serving(ctx)
	switch {
	case err != nil:
		slog.Warn("which version serves is not known", "error", err)
		return ""
	case version == nil:
		return ""
	}
	return version.Version
}
