package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
)

// A crowd is what a server does with more requests than it can answer, or as many.
type crowd struct {
	Times                        float64 // what it can answer
	Due, Sent, Answered, Refused float64 // requests a second
	SentP50, SentP99             float64 // milliseconds, of those answered, from when they were sent
	P99                          float64 // the same from when they were due: earlier than sent where no connection was free, or the load was late
	Failed                       int
}

// crowds are so many times what a server can answer.
var crowds = []float64{1, 2, 5}

// overload sends a server that can answer so many requests a second as many, and more.
func (b *benchmark) overload(l load, capacity float64) ([]crowd, error) {
	var all []crowd
	for _, times := range crowds {
		found, err := l.open(crowding, times*capacity, b.Length)
		if err != nil {
			return nil, err
		}
		sent := found.times(exchange.sinceSent)
		all = append(all, crowd{
			Times: times, Due: times * capacity,
			Sent: float64(found.Sent) / found.Seconds, Answered: float64(found.Answered) / found.Seconds, Refused: float64(found.Refused) / found.Seconds,
			SentP50: milliseconds(quantile(sent, .5)), SentP99: milliseconds(quantile(sent, .99)),
			P99: milliseconds(quantile(found.times(exchange.latency), .99)), Failed: found.Failed,
		})
	}
	return all, nil
}

// renderOverload returns the table of what servers did with crowds.
func renderOverload(all []measured) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"items", "times what it answers", "due, requests/s", "sent", "answered", "refused", "failed", "p50 since sent, ms", "p99 since sent, ms", "p99 since due, ms"})
	for _, m := range all {
		for _, c := range m.Overload {
			t.AppendRow(table.Row{m.Model, c.Times, fmt.Sprintf("%.0f", c.Due), fmt.Sprintf("%.0f", c.Sent), fmt.Sprintf("%.0f", c.Answered), fmt.Sprintf("%.0f", c.Refused), c.Failed,
				fmt.Sprintf("%.2f", c.SentP50), fmt.Sprintf("%.2f", c.SentP99), fmt.Sprintf("%.2f", c.P99)})
		}
	}
	if t.Length() == 0 {
		return ""
	}
	return "\nUnder a crowd\n\n" + t.RenderMarkdown() + "\n"
}

// renderHiccups returns what the machine did to a clock before each size was measured, and to the server's core during its half load.
func renderHiccups(all []measured) (text string) {
	for _, m := range all {
		for _, h := range m.Hiccups {
			text += fmt.Sprintf("\nBefore %s: %s\n", m.Model, h)
		}
		for i, r := range m.Rounds {
			text += fmt.Sprintf("\n%s, %s, round %d, at half load: p99 %.2f ms; the host took %.2f %% of the server's core, %.2f %% of the load's\n", m.Model, m.Server, i+1, r.Half.P99, 100*r.Stolen[serverCore], 100*r.Stolen[loadCore])
		}
	}
	return text
}
