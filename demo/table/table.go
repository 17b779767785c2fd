// Package table shows a demo's nights as one table.
package table

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/daybreak-ml/daybreak/demo/nights"
)

// stage is a column of seconds, and the steps of a night that it sums up.
type stage struct {
	name  string
	steps []string
}

// stages gives the columns of seconds. Measuring recent models on the day is part of looking at it.
func stages() []stage {
	return []stage{
		{"ingest", []string{"ingest"}},
		{"check", []string{"check", "prequential"}},
		{"train", []string{"train"}},
		{"log", []string{"consult", "log", "register"}},
		{"gate", []string{"gate"}},
		{"serve", []string{"challenge", "hand-over", "crown"}},
	}
}

// How wide things are, in characters.
const (
	others          = 130 // the table without its reasons
	leastReason     = 24
	mostReason      = 60
	reasonElsewhere = 44 // where no terminal says how wide it is
)

// Columns, from 1, that are told apart from the rest.
const (
	columnReason  = 8
	columnServes  = 9
	columnSeconds = 10 // the first of them
)

// Write writes the table of the nights. Width is the terminal's, 0 where there is none.
func Write(w io.Writer, outcomes []nights.Outcome, width int) {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options.SeparateRows = true
	t.SetStyle(style)

	reason := reasonElsewhere
	if width > 0 {
		reason = min(max(width-others, leastReason), mostReason)
	}
	configs := []table.ColumnConfig{
		{Number: columnReason, WidthMax: reason, WidthMaxEnforcer: wrap},
		{Number: columnServes, Align: text.AlignCenter},
	}
	for i := range stages() {
		configs = append(configs, table.ColumnConfig{Number: columnSeconds + i, Align: text.AlignRight})
	}
	for _, number := range []int{2, 3, 4, 5, 6} {
		configs = append(configs, table.ColumnConfig{Number: number, Align: text.AlignRight})
	}
	t.SetColumnConfigs(configs)

	header := table.Row{"", "", "", "", "", "", "", "", ""}
	below := table.Row{"day", "events", "users", "items", "recall@20", "NDCG@20", "verdict", "reason", "serves"}
	for _, stage := range stages() {
		header = append(header, "seconds")
		below = append(below, stage.name)
	}
	t.AppendHeader(header, table.RowConfig{AutoMerge: true})
	t.AppendHeader(below)
	for _, outcome := range outcomes {
		t.AppendRow(row(outcome))
	}
	t.Render()
}

// wrap breaks lines between words, and keeps the breaks there are.
func wrap(cell string, width int) string {
	lines := strings.Split(cell, "\n")
	for i, line := range lines {
		lines[i] = text.WrapSoft(line, width)
	}
	return strings.Join(lines, "\n")
}

func row(outcome nights.Outcome) table.Row {
	recall, ndcg := "–", "–"
	if outcome.Metrics != nil {
		recall, ndcg = fmt.Sprintf("%.3f", outcome.Metrics.Recall), fmt.Sprintf("%.3f", outcome.Metrics.NDCG)
	}
	row := table.Row{
		outcome.Date.String(), thousands(outcome.Events), thousands(outcome.Users), thousands(outcome.Items),
		recall, ndcg, outcome.Verdict(), strings.Join(outcome.Reasons(), "\n"), outcome.ServingVersion,
	}
	for _, stage := range stages() {
		row = append(row, seconds(outcome.Seconds, stage.steps))
	}
	return row
}

// seconds sums up the steps there were; a stage that the night did not come to has none.
func seconds(of map[string]float64, steps []string) string {
	sum, any := 0.0, false
	for _, step := range steps {
		took, ok := of[step]
		sum, any = sum+took, any || ok
	}
	if !any {
		return "–"
	}
	return fmt.Sprintf("%.1f", sum)
}

// thousands writes a count as 12,345.
func thousands(count int) string {
	digits := strconv.Itoa(count)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
