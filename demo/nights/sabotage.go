package nights

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
)

// Sabotage is what goes wrong in a demo.
type Sabotage string

// What may go wrong.
const (
	NoSabotage    Sabotage = "none"
	SabotageDay   Sabotage = "day"   // a day's orders go to the wrong shoppers
	SabotageModel Sabotage = "model" // a night trains with settings that can't be right
)

// LeastNights is how many nights a sabotage needs: one before, which serves, and one after, which
// recovers.
const LeastNights = 3

// expected is the verdict that the sabotaged night must come to.
func (s Sabotage) expected() string {
	switch s {
	case SabotageDay:
		return Hold
	case SabotageModel:
		return Reject
	}
	return ""
}

// night is which of so many nights is sabotaged, from 0.
func (s Sabotage) night(nights int) int {
	if s == NoSabotage {
		return -1
	}
	return (nights - 1) / 2
}

// poison are settings by which a model forgets within the hour what shoppers bought and what sells.
const poison = `# Half-lives of half an hour, where weeks are right: the model forgets the shop's past.
history_half_life_days: 0.02
popularity_half_life_days: 0.02
`

// poisoned writes the settings of a model that can't be good.
func poisoned(dir string) (string, error) {
	path := filepath.Join(dir, "poisoned-train.yaml")
	if err := os.WriteFile(path, []byte(poison), 0o644); err != nil {
		return "", fmt.Errorf("sabotage the model: %w", err)
	}
	return path, nil
}

// judge says whether the nights went as a demo with this sabotage must go.
func (s Sabotage) judge(outcomes []Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	if first := outcomes[0]; first.Verdict() != Promote || first.ServingVersion != first.Version {
		return fmt.Errorf("the night of %s made the first model, and it does not serve: %s %v", first.Date, first.Verdict(), first.Reasons())
	}
	at := s.night(len(outcomes))
	if at < 0 {
		return nil
	}
	before, night, after := outcomes[at-1], outcomes[at], outcomes[at+1]
	switch {
	case night.Verdict() != s.expected():
		return fmt.Errorf("the night of %s was sabotaged (%s), and its verdict is %q instead of %q", night.Date, s, night.Verdict(), s.expected())
	case night.ServingVersion != before.ServingVersion:
		return fmt.Errorf("the night of %s was sabotaged (%s), and version %s serves instead of %s", night.Date, s, night.ServingVersion, before.ServingVersion)
	case after.Verdict() != Promote:
		return fmt.Errorf("the night of %s follows the sabotaged one and does not recover: %s %v", after.Date, after.Verdict(), after.Reasons())
	}
	return nil
}

// heldDay is the day that was sabotaged and held; none unless there is one.
func (s Sabotage) heldDay(outcomes []Outcome) (events.Day, bool) {
	if s != SabotageDay {
		return events.Day{}, false
	}
	return outcomes[s.night(len(outcomes))].Date, true
}
