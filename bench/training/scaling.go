package main

import (
	"context"
	_ "embed" // scaling.svg.tmpl
	"fmt"
	"math"
	"os"
	"text/template"

	"github.com/daybreak-ml/daybreak/command"
)

//go:embed scaling.svg.tmpl
var scalingTemplate string

// scalingCommand measures how cost grows and draws it.
type scalingCommand struct {
	Picture string `required:"" type:"path" help:"SVG file to write."`
	Threads int    `default:"2" help:"Threads."`
	Epochs  int    `default:"4" help:"Of each training; the middle one counts."`
	Events  []int  `default:"300000,1000000,3000000,10000000" help:"Numbers of events, with --rank factors; shoppers and items grow along."`
	Ranks   []int  `default:"32,64,128,256" help:"Numbers of factors, with --fixed events."`
	Rank    int    `default:"64" help:"Factors while events grow."`
	Fixed   int    `default:"1000000" help:"Events while factors grow."`
}

// cost is what one training took.
type cost struct {
	Events  int     `json:"events"`
	Rank    int     `json:"rank"`
	Seconds float64 `json:"epoch_seconds"`
	Bytes   int64   `json:"own_bytes"`   // memory at its peak, without what there was before anything was read and without pages of files
	Least   int     `json:"least_bytes"` // data and factors
}

// Run measures, draws and prints.
func (c *scalingCommand) Run(ctx context.Context, out *command.Output) error {
	var byEvents, byRank []cost
	for _, events := range c.Events {
		costs, err := c.measure(ctx, events, []int{c.Rank})
		if err != nil {
			return err
		}
		byEvents = append(byEvents, costs...)
	}
	byRank, err := c.measure(ctx, c.Fixed, c.Ranks)
	if err != nil {
		return err
	}
	if err := draw(c.Picture, c.panels(byEvents, byRank)); err != nil {
		return err
	}
	all := append(byEvents, byRank...)
	if out.IsJSON() {
		return out.JSON(all)
	}
	for _, one := range all {
		out.Printf("%9d events, d = %3d: %7.3f s an epoch, %6.0f MB (%.2f × data and factors)\n",
			one.Events, one.Rank, one.Seconds, float64(one.Bytes)/1e6, float64(one.Bytes)/float64(one.Least))
	}
	return nil
}

func (c *scalingCommand) measure(ctx context.Context, events int, ranks []int) ([]cost, error) {
	folder, err := os.MkdirTemp("", "daybreak-bench-scaling-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // it is in the system's folder for what is temporary
	problem, _ := shop{Users: events / 100, Items: max(tastes, events/500), Events: events}.simulate("scaling", 1)
	if err := problem.write(folder); err != nil {
		return nil, err
	}
	l, err := daybreak()
	if err != nil {
		return nil, err
	}
	var costs []cost
	for _, rank := range ranks {
		learned, err := l.learn(ctx, folder, folder, rank, c.Epochs, c.Threads, point{"unobserved-weight": 0.1, "regularisation": 0.003})
		if err != nil {
			return nil, err
		}
		costs = append(costs, cost{
			Events: events, Rank: rank, Seconds: race{Seconds: learned.Seconds}.epoch(), Bytes: learned.Peak.since(learned.Base).Anonymous, Least: problem.bytes(rank),
		})
	}
	return costs, nil
}

// A panel is one plot, both of whose axes are logarithmic.
type panel struct {
	Left, Top    int
	Title, Below string
	Marks        []mark
}

// mark is a point of it, in the panel's pixels, with its words.
type mark struct {
	X, Y         float64
	Value, Label string
}

const (
	panelWidth, panelHeight = 300.0, 180.0
	panelMargin             = 30.0
)

func (c *scalingCommand) panels(byEvents, byRank []cost) []panel {
	seconds := func(one cost) float64 { return one.Seconds }
	memory := func(one cost) float64 { return float64(one.Bytes) / 1e6 }
	events := func(one cost) float64 { return float64(one.Events) }
	ranks := func(one cost) float64 { return float64(one.Rank) }
	ofEvents := fmt.Sprintf("events, with %d factors", c.Rank)
	ofRanks := fmt.Sprintf("factors, with %d events", c.Fixed)
	return []panel{
		newPanel(0, 0, "seconds an epoch", ofEvents, byEvents, events, seconds),
		newPanel(1, 0, "seconds an epoch", ofRanks, byRank, ranks, seconds),
		newPanel(0, 1, "peak anonymous memory, MB", ofEvents, byEvents, events, memory),
		newPanel(1, 1, "peak anonymous memory, MB", ofRanks, byRank, ranks, memory),
	}
}

func newPanel(column, line int, title, below string, costs []cost, x, y func(cost) float64) panel {
	p := panel{Left: 20 + column*340, Top: 40 + line*270, Title: title, Below: below}
	scale := func(of func(cost) float64, length float64) func(cost) float64 {
		least, most := math.Inf(1), math.Inf(-1)
		for _, one := range costs {
			least, most = min(least, math.Log(of(one))), max(most, math.Log(of(one)))
		}
		return func(one cost) float64 {
			if most == least {
				return length / 2
			}
			return panelMargin + (math.Log(of(one))-least)/(most-least)*(length-2*panelMargin)
		}
	}
	across, up := scale(x, panelWidth), scale(y, panelHeight)
	for _, one := range costs {
		p.Marks = append(p.Marks, mark{
			X: math.Round(across(one)), Y: math.Round(panelHeight - up(one)),
			Value: fmt.Sprintf("%.3g", y(one)), Label: short(x(one)),
		})
	}
	return p
}

// short writes a number with k or M.
func short(value float64) string {
	switch {
	case value >= 1e6:
		return fmt.Sprintf("%gM", value/1e6)
	case value >= 1e3:
		return fmt.Sprintf("%gk", value/1e3)
	}
	return fmt.Sprintf("%g", value)
}

func draw(path string, panels []panel) (err error) {
	picture, err := template.New("scaling").Parse(scalingTemplate)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	return picture.Execute(file, panels)
}
