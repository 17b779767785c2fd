package night

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/account"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// rolledOut is what the tag daybreak.rollout says of a version that came to serve.
const rolledOut = "champion"

// act does one action and says in the state what it left behind.
func (n *night) act(ctx context.Context, action Action, state *State) error {
	switch action.Step {
	case Ingest:
		return n.ingest(ctx, action.Day, state)
	case Check:
		return n.check(ctx, action.Day, state)
	case Prequential:
		return n.prequential(ctx, state)
	case Train:
		return n.train(ctx, state)
	case Consult:
		return n.keptOnFailure(n.consult(ctx, state))
	case Log:
		return n.keptOnFailure(n.log(ctx, state))
	case Register:
		return n.keptOnFailure(n.register(ctx, state))
	case Gate:
		return n.gate(ctx, state)
	case Challenge:
		state.Challenger = state.Version
		return n.config.Registry.SetAlias(ctx, registry.Challenger, state.Version)
	case HandOver:
		return n.handOver(ctx, state)
	case Crown:
		return n.crown(ctx, state)
	}
	return fmt.Errorf("no such step")
}

// keptOnFailure says, where MLflow is away, that the model is not lost.
func (n *night) keptOnFailure(err error) error {
	var away *mlflow.UnavailableError
	if errors.As(err, &away) {
		return fmt.Errorf("the trained model is kept in %s, and the next night of %s logs it without training again: %w", n.modelDir, n.config.Date, err)
	}
	return err
}

func (n *night) ingest(ctx context.Context, day events.Day, state *State) error {
	export := n.config.Export
	if export == nil {
		return fmt.Errorf("%s is not ingested in %s: name the shop's export with --from-source and --mapping, or ingest the day first", day, n.config.Data)
	}
	manifest, err := ingest.Day(ctx, n.store, export.Source, export.Mapping, day, export.Options)
	if err != nil {
		return err
	}
	slog.Info("ingested", "day", day.String(), "read", manifest.Read, "kept", manifest.Kept,
		"duplicates", manifest.Duplicates, "quarantined", manifest.QuarantinedRows())
	state.day(day).Ingested = true
	return nil
}

func (n *night) check(ctx context.Context, day events.Day, state *State) error {
	report, err := CheckDay(ctx, n.store, n.config.Data, day, n.config.CheckPolicy)
	if err != nil {
		return err
	}
	slog.Info("checked", "day", day.String(), "verdict", report.Verdict, "reason", report.Summary())
	state.day(day).Checked = true
	state.day(day).Held = report.Verdict == check.Hold
	return nil
}

// day gives the state of one of the night's days.
func (s *State) day(day events.Day) *DayState {
	for i := range s.Days {
		if s.Days[i].Day == day {
			return &s.Days[i]
		}
	}
	return &DayState{}
}

// unseen is the prequential report: how recent models did on a day that none of them had seen.
type unseen struct {
	Day    events.Day        `json:"day"`
	SHA256 string            `json:"sha256"` // of the day's content
	Models []launch.Measured `json:"models"`
}

func (n *night) prequential(ctx context.Context, state *State) error {
	manifest, err := n.store.Manifest(n.config.Date)
	if err != nil {
		return err
	}
	models, err := n.recent()
	if err != nil {
		return err
	}
	report := unseen{Day: n.config.Date, SHA256: manifest.SHA256, Models: []launch.Measured{}}
	if len(models) > 0 {
		report.Models, err = n.config.Trainer.Prequential(ctx, models, n.config.Data, n.config.Date, n.config.TrainConfig)
		if err != nil {
			return err
		}
	}
	state.Measured = true
	return reports.Write(n.reports, reports.Prequential, report)
}

func (n *night) train(ctx context.Context, state *State) error {
	state.Trained = true
	training := launch.Training{
		Events:    n.config.Data,
		AsOf:      n.config.Date.AddDays(1),
		ModelDir:  n.modelDir,
		ModelName: n.config.Registry.Model,
		Config:    n.config.TrainConfig,
	}
	run, begun := n.beginRun(ctx)
	if begun {
		training.MlflowURI, training.MlflowRun = n.config.Registry.Client.URI(), run.ID
	}
	err := n.config.Launcher.Train(ctx, training)
	if err != nil && begun {
		// The tag is for who looks at the run; the error is what counts.
		return errors.Join(err, n.config.Registry.Fail(context.WithoutCancel(ctx), run.ID))
	}
	return err
}

// beginTimeout bounds how long training waits for MLflow, which it doesn't need.
const beginTimeout = 20 * time.Second

// beginRun begins the night's run, which shows how training goes on. Training goes on without it
// where MLflow is away: the run is made once there is a model to log.
func (n *night) beginRun(ctx context.Context) (mlflow.Run, bool) {
	ctx, cancel := context.WithTimeout(ctx, beginTimeout)
	defer cancel()
	run, err := n.config.Registry.Begin(ctx, n.identity)
	if err != nil {
		slog.Warn("training is not shown in MLflow while it goes on", "error", err)
		return mlflow.Run{}, false
	}
	return run, true
}

// log logs the night's run, and before it to the runs of recent models how they did on the day:
// where the run is finished, all is logged.
func (n *night) log(ctx context.Context, state *State) error {
	var report unseen
	if _, err := reports.Read(n.reports, reports.Prequential, &report); err != nil {
		return err
	}
	manifest, err := n.store.Manifest(n.config.Date)
	if err != nil {
		return err
	}
	zone, err := manifest.Location()
	if err != nil {
		return err
	}
	for _, model := range report.Models {
		name := filepath.Base(model.ModelDir)
		made, ok := modelDate(name)
		if !ok {
			continue
		}
		err := n.config.Registry.LogUnseen(ctx, name, n.config.Date.Start(zone), n.config.Date.Sub(made), map[string]float64{
			"prequential/all_users":        float64(model.All.Users),
			"prequential/all_recall_at_20": model.All.Recall,
			"prequential/all_ndcg_at_20":   model.All.NDCG,
			"prequential/new_users":        float64(model.New.Users),
			"prequential/new_recall_at_20": model.New.Recall,
			"prequential/new_ndcg_at_20":   model.New.NDCG,
		})
		if err != nil {
			return err
		}
	}
	card, err := n.config.Trainer.Card(ctx, n.modelDir, n.config.Data, n.config.TrainConfig)
	if err != nil {
		return err
	}
	if err := reports.Write(n.reports, reports.ModelCard, card); err != nil {
		return err
	}
	run, err := n.config.Registry.Log(ctx, n.identity, card, n.reports)
	if err != nil {
		return err
	}
	n.runID = run.ID
	state.Logged = true
	return nil
}

func (n *night) register(ctx context.Context, state *State) error {
	var report check.Report
	if _, err := reports.Read(n.reports, reports.Check, &report); err != nil {
		return err
	}
	n.identity.Check = string(report.Verdict) + ": " + report.Summary()
	version, err := n.config.Registry.Register(ctx, n.identity, n.runID)
	if err != nil {
		return err
	}
	n.version = version
	state.Version = version.Version
	return nil
}

func (n *night) gate(ctx context.Context, state *State) error {
	verdict, err := n.decide(ctx, *state)
	if err != nil {
		return err
	}
	slog.Info("gated", "version", state.Version, "verdict", verdict.Verdict, "reason", verdict.Reason)
	if err := reports.Write(n.reports, reports.Gate, verdict); err != nil {
		return err
	}
	told, err := n.tell(state.Version)
	if err != nil {
		return err
	}
	err = n.config.Registry.Decide(ctx, n.version, registry.Decision{
		Verdict: string(verdict.Verdict), Reason: verdict.Reason, Note: told.Note(), Metrics: gateMetrics(verdict),
	}, n.reports)
	if err != nil {
		return err
	}
	n.reason = verdict.Reason
	state.Verdict = verdict.Verdict
	return nil
}

// tell writes the page that tells people what the night came to.
func (n *night) tell(version string) (account.Account, error) {
	told, err := account.Gather(n.config.Data, n.config.Date, n.config.Registry.Model, version)
	if err != nil {
		return account.Account{}, err
	}
	page, err := told.Page()
	if err != nil {
		return account.Account{}, err
	}
	return told, reports.WritePage(n.reports, page)
}

// gateMetrics says in metrics, in per cent, how tonight's model compares with the one that serves.
func gateMetrics(verdict gate.Verdict) map[string]float64 {
	metrics := map[string]float64{}
	for _, setting := range verdict.Settings {
		if setting.Outcome != gate.NoEvidence {
			metrics["gate/"+setting.Setting+"_difference_percent"] = 100 * setting.Difference
			metrics["gate/"+setting.Setting+"_surely_above_percent"] = 100 * setting.Lower
		}
	}
	return metrics
}

// decide compares tonight's model with the one that serves.
func (n *night) decide(ctx context.Context, state State) (gate.Verdict, error) {
	switch {
	case state.Serving.Version == "":
		return gate.FirstModel(), nil
	case state.Overtaken():
		return gate.Superseded(fmt.Sprintf("version %s, which serves, has learned from later days (up to %s)", state.Serving.Version, state.Serving.Date)), nil
	}
	older, err := n.servingModel(ctx)
	if err != nil {
		return gate.Verdict{}, err
	}
	paired := filepath.Join(n.reports, reports.Paired)
	comparison, err := n.config.Trainer.Compare(ctx, older, n.modelDir, n.config.Data, n.config.TrainConfig, paired)
	if err != nil {
		return gate.Verdict{}, err
	}
	pairs, err := gate.ReadPairs(paired)
	if err != nil {
		return gate.Verdict{}, err
	}
	olderFacts, err := facts(older)
	if err != nil {
		return gate.Verdict{}, err
	}
	newerFacts, err := facts(n.modelDir)
	if err != nil {
		return gate.Verdict{}, err
	}
	return gate.Decide(n.config.GatePolicy, pairs, comparison.Skipped, n.config.GatePolicy.Compare(olderFacts, newerFacts)), nil
}

// servingModel gives the folder of the model that serves: where its night left it, or as the
// registry has it.
func (n *night) servingModel(ctx context.Context) (string, error) {
	if name := n.champion.Tags[registry.TagModelDir]; name != "" && name == filepath.Base(name) {
		dir := filepath.Join(n.config.modelsDir(), name)
		if _, err := os.Stat(dir); err == nil {
			return dir, nil
		}
	}
	return n.config.Service.Fetch(ctx, n.champion.Version)
}

func (n *night) handOver(ctx context.Context, state *State) error {
	if err := n.config.Service.HandOver(ctx, state.Version); err != nil {
		// The tag is for who looks at the version; the error is what counts.
		return errors.Join(err, n.config.Registry.SetRollout(ctx, state.Version, "failed: "+err.Error()))
	}
	state.Answering = true
	return nil
}

func (n *night) crown(ctx context.Context, state *State) error {
	if err := n.config.Registry.SetAlias(ctx, registry.Champion, state.Version); err != nil {
		return err
	}
	state.Serving = Serving{Version: state.Version, Date: n.config.Date}
	state.Settled = true
	return n.config.Registry.SetRollout(ctx, state.Version, rolledOut)
}
