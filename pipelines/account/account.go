package account

import (
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
	"github.com/daybreak-ml/daybreak/pipelines/launch"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// historyNights is how many nights, the newest last, an account looks back on.
const historyNights = 30

// Outcome is what a night came to.
type Outcome string

// The outcomes.
const (
	Promoted Outcome = "promoted" // the model goes to the shoppers
	Rejected Outcome = "rejected" // the model that served goes on serving
	Held     Outcome = "held"     // the day's data is to be looked at first; no model was trained
	Open     Outcome = "open"     // the gate has not decided yet
)

// Account is all that is told of a night. What the night did not come to is nil.
type Account struct {
	Model   string // registered model
	Version string // tonight's, or empty
	Day     events.Day
	Outcome Outcome
	Check   *check.Report
	Gate    *gate.Verdict
	Card    *reports.Card
	Nights  []Night // ascending, this one last
}

// Night is a night in figures; NaN-free: what was not measured is nil.
type Night struct {
	Day     events.Day
	Outcome Outcome
	All     *float64 // NDCG@20 of the night's model on what its shoppers bought
	New     *float64 // likewise, on what was new to them
	Unseen  *float64 // NDCG@20 on this day of the model that served on it, which had not seen it
}

// Gather reads what is told of a day's night from the reports below data.
func Gather(data string, day events.Day, model, version string) (Account, error) {
	a := Account{Model: model, Version: version, Day: day}
	dir := reports.Dir(data, day)
	var err error
	if a.Check, err = read[check.Report](dir, reports.Check); err != nil {
		return Account{}, err
	}
	if a.Card, err = read[reports.Card](dir, reports.ModelCard); err != nil {
		return Account{}, err
	}
	if a.Gate, err = read[gate.Verdict](dir, reports.Gate); err != nil {
		return Account{}, err
	}
	if a.Nights, err = nights(data, day); err != nil {
		return Account{}, err
	}
	a.Outcome = outcome(a.Check, a.Gate)
	return a, nil
}

// read gives a report, or nil where there is none.
func read[T any](dir, name string) (*T, error) {
	var report T
	found, err := reports.Read(dir, name, &report)
	if err != nil || !found {
		return nil, err
	}
	return &report, nil
}

func outcome(checked *check.Report, gated *gate.Verdict) Outcome {
	switch {
	case checked != nil && checked.Verdict == check.Hold:
		return Held
	case gated == nil:
		return Open
	case gated.Verdict == gate.Promote:
		return Promoted
	}
	return Rejected
}

// nights gives the last nights up to a day's.
func nights(data string, last events.Day) ([]Night, error) {
	entries, err := os.ReadDir(filepath.Dir(reports.Dir(data, last)))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	var history []Night
	serving := map[events.Day]Outcome{} // what became of the models, by their night
	for _, entry := range entries {     // by name, so by date
		name, isNight := strings.CutPrefix(entry.Name(), "dt=")
		day, err := events.ParseDay(name)
		if !isNight || err != nil || day.After(last) {
			continue
		}
		dir := reports.Dir(data, day)
		checked, err := read[check.Report](dir, reports.Check)
		if err != nil {
			return nil, err
		}
		gated, err := read[gate.Verdict](dir, reports.Gate)
		if err != nil {
			return nil, err
		}
		if gated == nil && day != last && (checked == nil || checked.Verdict != check.Hold) {
			continue // a day that was caught up on has no night of its own
		}
		night := Night{Day: day, Outcome: outcome(checked, gated)}
		if night.Outcome != Held {
			serving[day] = night.Outcome
			card, err := read[reports.Card](dir, reports.ModelCard)
			if err != nil {
				return nil, err
			}
			if card != nil {
				night.All, night.New = quality(*card, "all"), quality(*card, "new")
			}
			if night.Unseen, err = unseen(dir, serving); err != nil {
				return nil, err
			}
		}
		history = append(history, night)
	}
	return history[max(0, len(history)-historyNights):], nil
}

// quality is a model's NDCG@20 on the holdout group, or where there is none, on the validation window.
func quality(card reports.Card, setting string) *float64 {
	for _, part := range []string{"holdout", "validation"} {
		if value, found := card.Metrics[part+"/"+setting+"_ndcg_at_20"]; found {
			return &value
		}
	}
	return nil
}

// unseen gives the NDCG@20 on a day of the newest model that was promoted before it.
func unseen(dir string, became map[events.Day]Outcome) (*float64, error) {
	measured, err := read[struct{ Models []launch.Measured }](dir, reports.Prequential)
	if err != nil || measured == nil {
		return nil, err
	}
	for _, model := range slices.Backward(measured.Models) {
		name := filepath.Base(model.ModelDir)
		day, err := events.ParseDay(name[:min(len(name), len("2011-11-08"))])
		if err == nil && became[day] == Promoted {
			return &model.All.NDCG, nil
		}
	}
	return nil, nil
}
