package night

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// observe finds out what is done of a night, as far as the disk tells; what MLflow tells, Consult
// finds out once it is needed.
func (n *night) observe(ctx context.Context) (State, error) {
	days, err := n.days(ctx)
	if err != nil {
		return State{}, err
	}
	var state State
	for _, day := range days {
		observed, err := n.observeDay(day)
		if err != nil {
			return State{}, err
		}
		state.Days = append(state.Days, observed)
	}
	var measured unseen
	if _, err := reports.Read(n.reports, reports.Prequential, &measured); err != nil {
		return State{}, err
	}
	state.Measured, err = n.measures(measured)
	if err != nil {
		return State{}, err
	}
	switch _, err := os.Stat(n.modelDir); {
	case err == nil:
		state.Trained = true
	case !errors.Is(err, fs.ErrNotExist):
		return State{}, err
	}
	return state, nil
}

// days gives the night's day and those before it that were missed: the export has them, and they
// are after the newest day that was ingested; or they are ingested, and after the newest day that
// was checked. Where nothing was ever checked, what is there is taken as it is.
func (n *night) days(ctx context.Context) ([]events.Day, error) {
	ingested, err := n.store.Days()
	if err != nil {
		return nil, err
	}
	ingested = before(ingested, n.config.Date)
	missed := map[events.Day]bool{n.config.Date: true}
	for _, day := range slices.Backward(ingested) {
		observed, err := n.observeDay(day)
		if err != nil {
			return nil, err
		}
		if observed.Checked {
			break
		}
		missed[day] = true
	}
	if len(missed) == len(ingested)+1 { // none was ever checked
		missed = map[events.Day]bool{n.config.Date: true}
	}
	if n.config.Export != nil {
		exported, err := n.config.Export.Source.Days(ctx)
		if err != nil {
			return nil, err
		}
		for _, day := range before(exported, n.config.Date) {
			if len(ingested) == 0 || day.After(ingested[len(ingested)-1]) {
				missed[day] = true
			}
		}
	}
	days := make([]events.Day, 0, len(missed))
	for day := range missed {
		days = append(days, day)
	}
	slices.SortFunc(days, events.Day.Compare)
	return days, nil
}

func before(days []events.Day, day events.Day) []events.Day {
	at, _ := slices.BinarySearchFunc(days, day, events.Day.Compare)
	return days[:at]
}

func (n *night) observeDay(day events.Day) (DayState, error) {
	state := DayState{Day: day}
	manifest, err := n.store.Manifest(day)
	if errors.Is(err, events.ErrNotIngested) {
		return state, nil
	}
	if err != nil {
		return DayState{}, err
	}
	state.Ingested = true
	if _, state.Held, err = n.store.Held(day); err != nil {
		return DayState{}, err
	}
	var report check.Report
	found, err := reports.Read(reports.Dir(n.config.Data, day), reports.Check, &report)
	if err != nil {
		return DayState{}, err
	}
	// A report of other content, or from before the day was released, counts as none.
	state.Checked = found && report.SHA256 == manifest.SHA256 && (report.Verdict == check.Hold) == state.Held
	return state, nil
}

// measures says whether a prequential report is of the day's content as it is now.
func (n *night) measures(report unseen) (bool, error) {
	manifest, err := n.store.Manifest(n.config.Date)
	if errors.Is(err, events.ErrNotIngested) {
		return false, nil
	}
	return err == nil && report.SHA256 == manifest.SHA256, err
}

// consult adds to the state what the registry has.
func (n *night) consult(ctx context.Context, state *State) error {
	found, err := n.config.Registry.Find(ctx, n.identity)
	if err != nil {
		return err
	}
	state.Logged = found.Run != nil && found.Run.Status == "FINISHED"
	if found.Run != nil {
		n.runID = found.Run.ID
	}
	if found.Version != nil {
		state.Version = found.Version.Version
		state.Verdict = gate.Decision(found.Version.Tags[registry.TagGate])
		state.Settled = found.Version.Tags[registry.TagRollout] == rolledOut
		n.version = *found.Version
		n.reason = found.Version.Tags[registry.TagReason]
	}
	if found.Champion != nil {
		n.champion = found.Champion
		state.Serving = Serving{Version: found.Champion.Version}
		if state.Serving.Date, err = events.ParseDay(found.Champion.Tags[registry.TagDate]); err != nil {
			return fmt.Errorf("version %s, which serves: tag %s: %w", found.Champion.Version, registry.TagDate, err)
		}
	}
	if found.Challenger != nil {
		state.Challenger = found.Challenger.Version
	}
	state.Consulted = true
	return nil
}

// recentModels is how many models are measured on a day that none has seen.
const recentModels = 5

// recent gives the newest complete models from before the night's day, ascending.
func (n *night) recent() ([]string, error) {
	entries, err := os.ReadDir(n.config.modelsDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var models []string
	for _, entry := range entries { // by name, so by date
		day, ok := modelDate(entry.Name())
		if entry.IsDir() && ok && day.Before(n.config.Date) {
			models = append(models, filepath.Join(n.config.modelsDir(), entry.Name()))
		}
	}
	return models[max(0, len(models)-recentModels):], nil
}

// modelDate takes the night's day from a model folder's name.
func modelDate(name string) (events.Day, bool) {
	if len(name) != len("2011-11-08-")+digestLength {
		return events.Day{}, false
	}
	day, err := events.ParseDay(name[:len("2011-11-08")])
	return day, err == nil
}

// clean removes what killed hand-overs and writers of reports left: nobody else works on these now. A
// training may be: its launcher clears the models' folder before it starts one.
func (n *night) clean() error {
	entries, err := os.ReadDir(n.reports)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			if err := os.RemoveAll(filepath.Join(n.reports, entry.Name())); err != nil {
				return err
			}
		}
	}
	return n.config.Service.Clean()
}
