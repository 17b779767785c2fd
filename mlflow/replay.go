package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/mlflow/dirlock"
	"github.com/daybreak-ml/daybreak/mlflow/journal"
)

// Replayed is a run that was spooled and is now at the server.
type Replayed struct {
	Spec       RunSpec  `json:"run"`
	RunID      string   `json:"run_id"`
	Operations int      `json:"operations"` // that the spool held
	Version    string   `json:"version,omitempty"`
	LeftOut    []string `json:"left_out,omitempty"` // see ActiveRun.LeftOut
}

// Replay sends to the server what runs wrote to a spool folder (SpoolTo) while
// it was down: run after run, in the order they were started, each with its
// operations in order. A run's journal is removed once all of it is there.
//
// Replaying is exactly once: a Replay that is killed anywhere is to be called
// again, and goes on where the last one was. Runs that a process is still
// writing are left out. A run that the server refuses is kept, does not keep
// others back, and is in the error.
func (c *Client) Replay(ctx context.Context, folder string) ([]Replayed, error) {
	journals, err := openSpool(folder)
	defer func() {
		for _, spooled := range journals {
			_ = spooled.Close() // unlocks it; nothing was written
		}
	}()
	var replayed []Replayed
	for _, spooled := range journals {
		result, refused := replay(ctx, c, spooled)
		if refused != nil {
			err = errors.Join(err, refused)
			if stopped(refused) || ctx.Err() != nil {
				break
			}
			continue
		}
		if result.Operations > 0 {
			replayed = append(replayed, result)
		}
	}
	if err != nil {
		return replayed, fmt.Errorf("replay %s: %w", folder, err)
	}
	return replayed, nil
}

func stopped(err error) bool {
	var unavailable *UnavailableError
	return errors.As(err, &unavailable)
}

// openSpool opens the journals of a folder that no other process has open, in
// the order their runs were started. What can't be opened is in the error.
func openSpool(folder string) ([]*journal.Journal, error) {
	dirs, err := journal.List(folder)
	if err != nil {
		return nil, err
	}
	type started struct {
		journal *journal.Journal
		spec    RunSpec
	}
	var open []started
	for _, dir := range dirs {
		spooled, damaged := journal.Open(dir)
		if errors.Is(damaged, dirlock.ErrLocked) {
			continue
		}
		if damaged != nil {
			err = errors.Join(err, damaged)
			continue
		}
		spec, damaged := startOf(spooled)
		if damaged != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", dir, damaged), spooled.Close())
			continue
		}
		open = append(open, started{spooled, spec})
	}
	slices.SortStableFunc(open, func(a, b started) int { return a.spec.Start.Compare(b.spec.Start) })
	journals := make([]*journal.Journal, len(open))
	for i := range open {
		journals[i] = open[i].journal
	}
	return journals, err
}

// startOf reads the operation that starts a journal's run. A journal whose
// writer was killed before its first record was kept is empty; its run is the
// zero one.
func startOf(spooled *journal.Journal) (RunSpec, error) {
	records := spooled.Records()
	if len(records) == 0 {
		return RunSpec{}, nil
	}
	op, err := decodeOperation(records[0])
	if err != nil {
		return RunSpec{}, err
	}
	if op.Start == nil {
		return RunSpec{}, fmt.Errorf("%w: it does not begin with the start of a run", journal.ErrDamaged)
	}
	return *op.Start, nil
}

func decodeOperation(record []byte) (operation, error) {
	decoder := json.NewDecoder(bytes.NewReader(record))
	decoder.DisallowUnknownFields() // what a newer program wrote is not to be dropped
	var op operation
	if err := decoder.Decode(&op); err != nil {
		return operation{}, fmt.Errorf("%w: %w", journal.ErrDamaged, err)
	}
	return op, nil
}

// replay applies a journal's operations that have not been, and removes it.
func replay(ctx context.Context, client *Client, spooled *journal.Journal) (Replayed, error) {
	spec, err := startOf(spooled)
	if err != nil {
		return Replayed{}, err
	}
	target := &runTarget{client: client}
	records := spooled.Records()
	for i, record := range records {
		op, err := decodeOperation(record)
		switch {
		case err != nil:
		case i >= spooled.Applied():
			if err = target.apply(ctx, op, spooledFiles{spooled}); err == nil {
				err = spooled.SetApplied(i + 1)
			}
		case op.Start != nil: // what follows needs the run
			err = target.find(ctx, *op.Start)
		}
		if err != nil {
			return Replayed{}, fmt.Errorf("run with key %q, operation %d of %d: %w", spec.Key, i+1, len(records), err)
		}
	}
	result := Replayed{spec, target.run.ID, len(records), target.version.Version, target.leftOut}
	return result, spooled.Remove()
}
