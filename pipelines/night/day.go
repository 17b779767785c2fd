package night

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// checker is who holds days, in their records.
const checker = "check"

// CheckDay checks an ingested day, holds it where it falls out, and writes the report. A day that
// someone released stays released as long as its content is the same; a held one that was ingested
// anew and now passes is released.
func CheckDay(ctx context.Context, store *events.Store, data string, day events.Day, policy check.Policy) (check.Report, error) {
	report, err := check.Day(ctx, store, day, policy)
	if err != nil {
		return check.Report{}, err
	}
	manifest, err := store.Manifest(day)
	if err != nil {
		return check.Report{}, err
	}
	newest, held, err := store.Held(day)
	if err != nil {
		return check.Report{}, err
	}
	sameContent := newest != nil && newest.Generation == manifest.Generation
	switch {
	case report.Verdict == check.Hold && newest != nil && !held && sameContent:
		report.Verdict = check.Pass
		report.Released = fmt.Sprintf("released by %s: %s", newest.Released.By, newest.Released.Why)
	case report.Verdict == check.Hold:
		err = store.Hold(day, events.Hold{Reasons: report.Reasons, By: checker})
	case held && newest.By == checker && !sameContent:
		err = store.Release(day, checker, "ingested anew with other content, which looks like this shop")
	case held:
		report.Verdict, report.Reasons = check.Hold, newest.Reasons
	}
	if err != nil {
		return check.Report{}, err
	}
	// The report comes last: where it is, the hold is.
	return report, reports.Write(reports.Dir(data, day), reports.Check, report)
}

// Release lets a held day be learned from again, by the next night. The hold's record keeps who
// released it and why.
func Release(data string, day events.Day, who, why string) (err error) {
	unlock, err := lock(data, fmt.Sprintf("release of %s", day))
	if err != nil {
		return err
	}
	defer func() {
		if unlockErr := unlock(); err == nil {
			err = unlockErr
		}
	}()
	store, err := events.OpenStore(data)
	if err != nil {
		return err
	}
	return store.Release(day, who, why)
}
