// Package search tries hyperparameters by successive halving (Jamieson and
// Talwalkar, Non-stochastic Best Arm Identification, 2016): all trials are measured
// on one validation window, the better half of them on two, and so on. What was
// measured is on disk at once, so that a search that is killed goes on where it was.
package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// A Trial is settings with how they did.
type Trial struct {
	Number   int // 0 is the settings that the search began with
	Settings learn.Settings
	// Measured is by rung: on one window, on two, and so on, until the trial was
	// left behind.
	Measured []Measurement
}

// Measurement is how a trial did on the windows of a rung.
type Measurement struct {
	Objective float64   `json:"objective"` // NDCG@20 of all purchases plus that of new ones
	At        time.Time `json:"at"`        // when it was known
}

// Objective is how the trial did on its last rung.
func (t Trial) Objective() float64 { return t.Measured[len(t.Measured)-1].Objective }

// Search is what to try, and how.
type Search struct {
	Base   learn.Settings // trial 0, and what the others differ from
	Trials int            // 1 or more, trial 0 included
	Seed   uint64         // chooses the trials
	State  string         // file that keeps what was measured; empty for none
	Digest string         // of the data; what was measured on other data is refused
	// Measure returns the objective of settings on the latest windows, so many.
	Measure func(ctx context.Context, settings learn.Settings, windows int) (float64, error)
	// Report is told of each measurement, of those that the file had, too.
	Report func(ctx context.Context, trial Trial) error
}

// Run returns the best trial: of those measured on all windows, trial 0 always
// among them, the one with the highest objective, and of equals the first.
func (s Search) Run(ctx context.Context) (Trial, error) {
	kept, err := s.open()
	if err != nil {
		return Trial{}, err
	}
	trials := make([]Trial, s.Trials)
	for n := range trials {
		trials[n] = Trial{Number: n, Settings: propose(s.Base, s.Seed, n)}
	}
	for rung := range s.Base.ValidationWindows {
		for n := range trials {
			t := &trials[n]
			known := kept.Trials[t.Number]
			if len(known) <= rung {
				objective, err := s.Measure(ctx, t.Settings, rung+1)
				if err != nil {
					return Trial{}, fmt.Errorf("trial %d on %d windows: %w", t.Number, rung+1, err)
				}
				known = append(known, Measurement{Objective: objective, At: time.Now().UTC().Truncate(time.Millisecond)})
				kept.Trials[t.Number] = known
				if err := kept.write(s.State); err != nil {
					return Trial{}, err
				}
			}
			t.Measured = known[:rung+1]
			if err := s.Report(ctx, *t); err != nil {
				return Trial{}, fmt.Errorf("report trial %d: %w", t.Number, err)
			}
		}
		slices.SortFunc(trials, func(a, b Trial) int {
			return cmp.Or(cmp.Compare(b.Objective(), a.Objective()), cmp.Compare(a.Number, b.Number))
		})
		if rung+1 < s.Base.ValidationWindows {
			trials = promoted(trials)
		}
	}
	return trials[0], nil
}

// promoted returns the better half of trials, which are ordered, and trial 0, so
// that what wins has won over what was set.
func promoted(trials []Trial) []Trial {
	half := (len(trials) + 1) / 2
	begin := slices.IndexFunc(trials, func(t Trial) bool { return t.Number == 0 })
	if begin < half {
		return trials[:half]
	}
	return append(trials[:half:half], trials[begin])
}
