package check

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/events"
)

// Day checks an ingested day against the days before it that aren't held. The error is an
// [events.ErrNotIngested] or [events.ErrCorrupt] as the store's own.
func Day(ctx context.Context, store *events.Store, day events.Day, policy Policy) (Report, error) {
	manifest, err := store.Manifest(day)
	if err != nil {
		return Report{}, fmt.Errorf("check %s: %w", day, err)
	}
	open, err := store.DaysBefore(day)
	if err != nil {
		return Report{}, fmt.Errorf("check %s: %w", day, err)
	}
	base := open[max(0, len(open)-policy.Days):]
	measured, err := measureDays(ctx, store, policy, open, append(base[:len(base):len(base)], day))
	if err != nil {
		return Report{}, fmt.Errorf("check %s: %w", day, err)
	}
	report := Report{
		Day: day, SHA256: manifest.SHA256, Verdict: Pass, Reasons: []string{}, Findings: []Finding{},
		ComparedWith: len(base), Figures: measured[len(base)],
	}
	if len(base) < policy.LeastDays {
		return report, nil
	}
	report.Findings = policy.findings(measured[len(base)], measured[:len(base)])
	for _, finding := range report.Findings {
		if finding.Outside {
			report.Verdict = Hold
			report.Reasons = append(report.Reasons, finding.Says)
		}
	}
	return report, nil
}

// measureDays gives the figures of the days asked for, ascending, each from what was known before
// it: the days of open, at most policy.HistoryDays back.
func measureDays(ctx context.Context, store *events.Store, policy Policy, open, asked []events.Day) ([]Figures, error) {
	watched, err := shoppersOf(ctx, store, asked)
	if err != nil {
		return nil, err
	}
	begin := asked[0].AddDays(-policy.HistoryDays)
	before := newPasts(begin, policy, watched)
	var columns events.Columns
	var measured []Figures
	for _, day := range append(open[:len(open):len(open)], asked[len(asked)-1]) {
		if day.Before(begin) {
			continue
		}
		if err := store.ReadDayColumns(ctx, day, &columns); err != nil {
			return nil, err
		}
		if day == asked[len(measured)] {
			manifest, err := store.Manifest(day)
			if err != nil {
				return nil, err
			}
			measured = append(measured, measure(day, manifest, &columns, before))
		}
		before.learn(day, &columns)
	}
	return measured, nil
}

// shoppersOf gives everybody who did something on one of the days.
func shoppersOf(ctx context.Context, store *events.Store, days []events.Day) (map[string]bool, error) {
	shoppers := map[string]bool{}
	var columns events.Columns
	for _, day := range days {
		if err := store.ReadDayColumns(ctx, day, &columns); err != nil {
			return nil, err
		}
		for _, shopper := range columns.Users.Values {
			shoppers[shopper] = true
		}
	}
	return shoppers, nil
}
