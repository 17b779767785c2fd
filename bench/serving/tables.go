package main

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
)

// render returns the tables of what was found.
func render(all []measured) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{
		"model", "server", "requests per CPU second", "in the worst round", "Daybreak's are", "p50, ms", "p99, ms", "in the best round", "of a quarter second", "on a core that sleeps", "in the best round", "of a quarter second",
		"at, requests/s", "of the core", "p50 at the same rate, ms", "p99, ms", "resident, MB", "without files, MB", "start, s",
	})
	ours := map[string]float64{}
	for _, m := range all {
		most, fewest := m.perCPU()
		if m.Server == daybreak {
			ours[m.Model] = most
		}
		best, middle := m.byTail(asleep)
		wakeful, usual := m.byTail(awake)
		t.AppendRow(table.Row{
			m.Model, m.Server, fmt.Sprintf("%.0f", most), fmt.Sprintf("%.0f", fewest), times(ours[m.Model], most),
			fmt.Sprintf("%.2f", usual.Awake.P50), fmt.Sprintf("%.2f", usual.Awake.P99), fmt.Sprintf("%.2f", wakeful.Awake.P99), fmt.Sprintf("%.2f", m.usualTail(awake)),
			fmt.Sprintf("%.2f", middle.Half.P99), fmt.Sprintf("%.2f", best.Half.P99), fmt.Sprintf("%.2f", m.usualTail(asleep)),
			fmt.Sprintf("%.0f", middle.Rate), fmt.Sprintf("%.0f %%", 100*middle.Busy), fmt.Sprintf("%.2f", m.Alike.P50), fmt.Sprintf("%.2f", m.Alike.P99),
			fmt.Sprintf("%.0f", m.Resident), fmt.Sprintf("%.0f", m.Private), fmt.Sprintf("%.2f", m.StartUp),
		})
	}
	return t.RenderMarkdown() + "\n" + renderCalls(all) + renderOverload(all) + renderHiccups(all)
}

// times returns how many times as many ours are.
func times(ours, theirs float64) string { return fmt.Sprintf("%.1f ×", ours/theirs) }

// renderCalls returns the table of what was found over gRPC, if anything was.
func renderCalls(all []measured) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"model", "server", "calls per CPU second", "Daybreak's are", "as fast as ghz calls", "Daybreak's are", "p50, ms", "p99, ms", "at, calls/s", "p50 at the same rate, ms", "p99, ms"})
	ours := map[string]measured{}
	for _, m := range all {
		if m.Calls == nil {
			continue
		}
		if m.Server == daybreak {
			ours[m.Model] = m
		}
		best, found := ours[m.Model]
		if !found {
			best = m
		}
		t.AppendRow(table.Row{
			m.Model, m.Server, fmt.Sprintf("%.0f", m.calls()), times(best.calls(), m.calls()), fmt.Sprintf("%.0f", m.Calls.PerCPU), times(best.Calls.PerCPU, m.Calls.PerCPU),
			fmt.Sprintf("%.2f", m.Calls.P50), fmt.Sprintf("%.2f", m.Calls.P99), fmt.Sprintf("%.0f", m.Calls.Rate),
			fmt.Sprintf("%.2f", m.Calls.Alike.P50), fmt.Sprintf("%.2f", m.Calls.Alike.P99),
		})
	}
	if t.Length() == 0 {
		return ""
	}
	return "\nOver gRPC\n\n" + t.RenderMarkdown() + "\n"
}
