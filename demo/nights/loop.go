package nights

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/daybreak-ml/daybreak/demo/calendar"
	"github.com/daybreak-ml/daybreak/demo/dataset"
	"github.com/daybreak-ml/daybreak/demo/load"
	"github.com/daybreak-ml/daybreak/demo/progress"
	"github.com/daybreak-ml/daybreak/events"
)

// Outcome is a night that was run.
type Outcome struct {
	Result
	Sabotage Sabotage   `json:"sabotage"` // of this night
	Released events.Day `json:"released"` // the held day that was released before it; unset if none
	Took     float64    `json:"took"`     // seconds, from start to end of the program
	Requests int        `json:"requests"` // that shoppers sent meanwhile
	Failed   int        `json:"failed"`   // of those
}

// Loop runs the nights of a demo.
type Loop struct {
	Pipelines Pipelines
	Dataset   *dataset.Dataset
	Plan      calendar.Plan
	Sabotage  Sabotage
	Folder    string // for what the sabotage writes
	Requests  func() load.Summary
	Display   progress.Display
}

// steps is how many steps a night has in which nothing went wrong.
const steps = 11

// Run runs the nights. It returns those that were run, and an error where one failed or went
// differently from how the sabotage, or its absence, has it.
func (l *Loop) Run(ctx context.Context) ([]Outcome, error) {
	var outcomes []Outcome
	for i, day := range l.Plan.Nights {
		sabotage := NoSabotage
		if i == l.Sabotage.night(len(l.Plan.Nights)) {
			sabotage = l.Sabotage
		}
		name := fmt.Sprintf("night %d of %d, %s", i+1, len(l.Plan.Nights), day)
		outcome, err := l.night(ctx, name, day, sabotage)
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, outcome)
	}
	if err := l.Sabotage.judge(outcomes); err != nil {
		return outcomes, err
	}
	if held, ok := l.Sabotage.heldDay(outcomes); ok {
		outcome, err := l.release(ctx, held)
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes, nil
}

// release releases the held day and runs one night more, which learns from it.
func (l *Loop) release(ctx context.Context, held events.Day) (Outcome, error) {
	if err := l.Pipelines.Release(ctx, held, "the demo shows how a day is brought back"); err != nil {
		return Outcome{}, fmt.Errorf("release %s: %w", held, err)
	}
	l.Display.Say(fmt.Sprintf("%s is released: the next night learns from it", held))
	outcome, err := l.night(ctx, fmt.Sprintf("one night more, %s", l.Plan.After), l.Plan.After, NoSabotage)
	outcome.Released = held
	return outcome, err
}

// night runs one night.
func (l *Loop) night(ctx context.Context, name string, day events.Day, sabotage Sabotage) (Outcome, error) {
	night, err := l.prepare(ctx, day, sabotage)
	if err != nil {
		return Outcome{}, err
	}
	task := l.Display.Begin(name, steps)
	before, began := l.Requests(), time.Now()
	result, err := l.Pipelines.Run(ctx, night, func(event Event) {
		if event.Step != "" {
			task.Step(event.Step)
		} else {
			task.Detail(event.Detail)
		}
	})
	if err != nil {
		task.Failed()
		return Outcome{}, fmt.Errorf("%s: %w", name, err)
	}
	after := l.Requests()
	task.Done(fmt.Sprintf("%s; version %s serves", result.Verdict(), result.ServingVersion))
	return Outcome{
		Result:   result,
		Sabotage: sabotage,
		Took:     time.Since(began).Seconds(),
		Requests: after.Requests - before.Requests,
		Failed:   after.Failed - before.Failed,
	}, nil
}

// prepare says what a night works with, sabotaged or not.
func (l *Loop) prepare(ctx context.Context, day events.Day, sabotage Sabotage) (Night, error) {
	night := Night{Day: day, Export: l.Dataset.Export}
	if sabotage == NoSabotage {
		return night, nil
	}
	dir, err := os.MkdirTemp(l.Folder, "sabotage-")
	if err != nil {
		return Night{}, fmt.Errorf("sabotage the night of %s: %w", day, err)
	}
	if sabotage == SabotageModel {
		l.Display.Say(fmt.Sprintf("sabotage: the night of %s trains with half-lives of half an hour", day))
		night.TrainConfig, err = poisoned(dir)
		return night, err
	}
	shuffled, err := l.Dataset.Shuffle(ctx, day, dir)
	if err != nil {
		return Night{}, fmt.Errorf("sabotage the night of %s: %w", day, err)
	}
	l.Display.Say(fmt.Sprintf("sabotage: %d of the %d orders of %s go to other shoppers", shuffled.Changed, shuffled.Orders, day))
	night.Export = dir
	return night, nil
}
