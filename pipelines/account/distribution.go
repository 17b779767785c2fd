package account

import (
	"fmt"
	"strings"

	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// distribution is the plot of how the scores at a few places of the lists are spread: a ridge each.
type distribution struct {
	Width, Height, Left, Right, Bottom float64
	X                                  []tick
	Ridges                             []ridge
}

type ridge struct {
	Base, Median float64
	Class, Label string
	Path         string
	Title        string
}

const ridgeHeight = 64

func scoreDistribution(scores []reports.Scores) *distribution {
	if len(scores) == 0 {
		return nil
	}
	plot := &distribution{Width: 460, Left: 84, Right: 448, Bottom: ridgeHeight*float64(len(scores)) + 14}
	plot.Height = plot.Bottom + 36
	x := scale{scores[0].Lower, scores[0].Upper, plot.Left, plot.Right}
	plot.X = x.ticks(6, decimals(1))
	for i, s := range scores {
		highest := 1
		for _, count := range s.Counts {
			highest = max(highest, count)
		}
		base := 14 + ridgeHeight*float64(i+1)
		y := scale{0, float64(highest), base, base - ridgeHeight*0.9}
		var path strings.Builder
		fmt.Fprintf(&path, "M%s %s", coordinate(plot.Left), coordinate(base))
		width := (plot.Right - plot.Left) / float64(len(s.Counts))
		for bin, count := range s.Counts {
			left := plot.Left + width*float64(bin)
			fmt.Fprintf(&path, "L%s %sL%s %s", coordinate(left), coordinate(y.at(float64(count))),
				coordinate(left+width), coordinate(y.at(float64(count))))
		}
		fmt.Fprintf(&path, "L%s %sZ", coordinate(plot.Right), coordinate(base))
		plot.Ridges = append(plot.Ridges, ridge{
			Base: base, Median: min(x.at(s.Median), plot.Right), Class: fmt.Sprintf("ridge%d", i),
			Label: fmt.Sprintf("place %d", s.Place), Path: path.String(),
			Title: fmt.Sprintf("place %d: half of the scores are above %.2f", s.Place, s.Median),
		})
	}
	return plot
}
