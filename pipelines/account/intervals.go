package account

import (
	"strconv"

	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

// intervals is the plot of what the gate knows of the difference between two models.
type intervals struct {
	Width, Height, Left, Right, Bottom float64
	X                                  []tick
	Zero                               float64
	Rows                               []interval
}

// An interval is one setting's.
type interval struct {
	Y                           float64
	Label, Class, Value         string
	Lower, Middle, Upper, Limit float64
	Title                       string
}

const intervalHeight = 56

func (a Account) intervals() *intervals {
	var judged []gate.Setting
	if a.Gate != nil {
		for _, setting := range a.Gate.Settings {
			if setting.Outcome != gate.NoEvidence {
				judged = append(judged, setting)
			}
		}
	}
	if len(judged) == 0 {
		return nil
	}
	lowest, highest := 0.0, 0.0
	for _, s := range judged {
		lowest = min(lowest, s.Lower, -s.Margin)
		highest = max(highest, s.Upper)
	}
	lowest, highest = widened(lowest, highest, 0.08)
	plot := &intervals{Width: 960, Left: 170, Right: 850, Bottom: intervalHeight*float64(len(judged)) + 8}
	plot.Height = plot.Bottom + 36
	x := scale{lowest, highest, plot.Left, plot.Right}
	plot.Zero = x.at(0)
	plot.X = x.ticks(7, func(value float64) string {
		return strconv.FormatFloat(100*value+0, 'f', -1, 32) + " %"
	})
	for i, s := range judged {
		label := "all purchases"
		if s.Setting == "new" {
			label = "first purchases"
		}
		plot.Rows = append(plot.Rows, interval{
			Y: 8 + intervalHeight*(float64(i)+0.5), Label: label, Class: class(s.Outcome), Value: signed(s.Difference),
			Lower: x.at(s.Lower), Middle: x.at(s.Difference), Upper: x.at(s.Upper), Limit: x.at(-s.Margin),
			Title: s.Says,
		})
	}
	return plot
}

// class is the style of an outcome.
func class(outcome gate.Outcome) string {
	switch outcome {
	case gate.NonInferior:
		return "promoted"
	case gate.Inferior:
		return "rejected"
	}
	return "held"
}
