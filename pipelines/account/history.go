package account

import (
	"fmt"
	"strings"
)

// history is the plot of a metric over the last nights.
type history struct {
	Width, Height, Left, Right, Top, Bottom float64
	X, Y                                    []tick
	Lines                                   []line
	Marks                                   []mark
	Held                                    []mark
}

// A line joins the nights on which something was measured; it is broken where it was not.
type line struct {
	Class, Label string
	Path         string
	Points       []mark
}

// A mark is a night's place in the plot.
type mark struct {
	X, Y  float64
	Class string
	Title string
}

func (a Account) history() history {
	h := history{Width: 960, Height: 300, Left: 52, Right: 944, Top: 16, Bottom: 252}
	series := []struct {
		class, label string
		of           func(Night) *float64
	}{
		{"all", "tonight's model, all purchases", func(n Night) *float64 { return n.All }},
		{"new", "tonight's model, first purchases", func(n Night) *float64 { return n.New }},
		{"unseen", "the model that served, on a day it had not seen", func(n Night) *float64 { return n.Unseen }},
	}
	highest := 0.0
	for _, night := range a.Nights {
		for _, s := range series {
			if value := s.of(night); value != nil {
				highest = max(highest, *value)
			}
		}
	}
	if highest == 0 {
		highest = 1
	}
	y := scale{0, highest * 1.1, h.Bottom, h.Top}
	h.Y = y.ticks(5, decimals(2))
	// The nights' own places, so that days without one take no room.
	x := func(night int) float64 {
		if len(a.Nights) == 1 {
			return (h.Left + h.Right) / 2
		}
		return scale{0, float64(len(a.Nights) - 1), h.Left + 24, h.Right - 24}.at(float64(night))
	}
	every := (len(a.Nights) + 9) / 10
	for i, night := range a.Nights {
		if (len(a.Nights)-1-i)%every == 0 {
			h.X = append(h.X, tick{x(i), night.Day.String()[5:]})
		}
		title := fmt.Sprintf("%s: %s", night.Day, night.Outcome)
		h.Marks = append(h.Marks, mark{X: x(i), Y: h.Bottom + 14, Class: string(night.Outcome), Title: title})
		if night.Outcome == Held {
			h.Held = append(h.Held, mark{X: x(i), Title: title})
		}
	}
	for _, s := range series {
		drawn := line{Class: s.class, Label: s.label}
		var path strings.Builder
		pen := "M"
		for i, night := range a.Nights {
			value := s.of(night)
			if value == nil {
				pen = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%s %s", pen, coordinate(x(i)), coordinate(y.at(*value)))
			pen = "L"
			drawn.Points = append(drawn.Points, mark{
				X: x(i), Y: y.at(*value), Class: string(night.Outcome),
				Title: fmt.Sprintf("%s, %s: NDCG@20 %.3f (%s)", night.Day, s.label, *value, night.Outcome),
			})
		}
		drawn.Path = path.String()
		if len(drawn.Points) > 0 {
			h.Lines = append(h.Lines, drawn)
		}
	}
	return h
}
