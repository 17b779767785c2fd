package account

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

//go:embed page.html.tmpl charts.html.tmpl page.css
var files embed.FS

// view is what the page's template shows.
type view struct {
	Account
	Style      template.CSS
	Tiles      []tile
	History    history
	Intervals  *intervals
	Scores     *distribution
	Popularity *popularity
	Findings   []finding
	Bounds     []bound
	Tables     []reports.Table
	Samples    []sample
}

// What fits on a page; MLflow's tables hold the rest.
const (
	mostRows    = 15
	mostSamples = 6
)

// A bound is a figure of the model's size.
type bound struct{ Name, Old, New, Change, Outside string }

func bounds(compared []gate.Bound) []bound {
	var shown []bound
	for _, b := range compared {
		entry := bound{Name: b.Name, Old: thousands(int(b.Old)), New: thousands(int(b.New))}
		if b.Old > 0 {
			entry.Change = signed(b.New/b.Old - 1)
		}
		if b.Outside {
			entry.Outside = sentence(b.Says)
		}
		shown = append(shown, entry)
	}
	return shown
}

// A tile is one figure, large.
type tile struct{ Label, Value, Note string }

// A sample is a shopper with what was bought and what is recommended.
type sample struct {
	Shopper string
	Bought  []string
	Picks   []pick
}

type pick struct{ Title, Score, Why string }

// Page is the account in HTML: one file, without anything to load and without scripts.
func (a Account) Page() ([]byte, error) {
	style, err := files.ReadFile("page.css")
	if err != nil {
		return nil, err
	}
	page, err := template.New("page.html.tmpl").
		Funcs(template.FuncMap{"percent": func(share float64) float64 { return 100 * share }, "thousands": thousands}).
		ParseFS(files, "page.html.tmpl", "charts.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("report page: %w", err)
	}
	v := view{Account: a, Style: template.CSS(style), Tiles: a.tiles(), History: a.history(), Intervals: a.intervals()} // template.CSS: the style is the program's own
	if a.Check != nil {
		v.Findings = findings(a.Check)
	}
	if a.Gate != nil {
		v.Bounds = bounds(a.Gate.Bounds)
	}
	if a.Card != nil {
		v.Scores, v.Popularity = scoreDistribution(a.Card.Scores), popularityBands(a.Card.Bands)
		for _, table := range a.Card.Tables {
			if strings.HasSuffix(table.File, "/samples.json") {
				v.Samples = samplesOf(table)
			} else if len(table.Data) > 0 {
				table.Data = table.Data[:min(len(table.Data), mostRows)]
				v.Tables = append(v.Tables, table)
			}
		}
	}
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("report page: %w", err)
	}
	return out.Bytes(), nil
}

// samplesOf takes the table of sample shoppers apart, whose rows are a shopper, something bought, something
// recommended, its score, and why. Of many shoppers it takes some, evenly.
func samplesOf(table reports.Table) []sample {
	var all []sample
	for _, row := range table.Data {
		cells := make([]string, 5)
		for i := range min(len(row), len(cells)) {
			cells[i] = fmt.Sprint(row[i])
		}
		if len(all) == 0 || all[len(all)-1].Shopper != cells[0] {
			all = append(all, sample{Shopper: cells[0]})
		}
		last := &all[len(all)-1]
		if cells[1] != "" {
			last.Bought = append(last.Bought, cells[1])
		}
		if cells[2] != "" {
			last.Picks = append(last.Picks, pick{cells[2], cells[3], cells[4]})
		}
	}
	count := min(len(all), mostSamples)
	chosen := make([]sample, count)
	for n := range chosen {
		chosen[n] = all[n*len(all)/count]
	}
	return chosen
}

func (a Account) tiles() []tile {
	var tiles []tile
	if a.Gate != nil {
		for _, s := range a.Gate.Settings {
			if s.Outcome != gate.NoEvidence {
				label := "all purchases"
				if s.Setting == "new" {
					label = "first purchases"
				}
				tiles = append(tiles, tile{
					strings.ReplaceAll(s.Metric, "ndcg", "NDCG") + ", " + label, fmt.Sprintf("%.3f", s.New),
					fmt.Sprintf("%s against the model that serves (%.3f)", signed(s.Difference), s.Old),
				})
			}
		}
	}
	if len(tiles) == 0 && a.Card != nil {
		for _, setting := range []struct{ key, label string }{{"all", "all purchases"}, {"new", "first purchases"}} {
			if value := quality(*a.Card, setting.key); value != nil {
				tiles = append(tiles, tile{"NDCG@20, " + setting.label, fmt.Sprintf("%.3f", *value), "no model to compare with"})
			}
		}
	}
	if a.Card != nil && a.Card.Shoppers > 0 {
		c := a.Card.Coverage
		tiles = append(tiles, tile{
			"Catalogue shown", share(float64(c.Recommended) / float64(max(1, c.Items))),
			fmt.Sprintf("%s of %s items are in somebody's list", thousands(c.Recommended), thousands(c.Items)),
		})
	}
	if a.Check != nil {
		tiles = append(tiles, tile{
			"Events of the day", thousands(a.Check.Figures.Events),
			fmt.Sprintf("of %s shoppers", thousands(a.Check.Figures.Shoppers)),
		})
	}
	return tiles
}

// Long is the night's day as people write it.
func (v view) Long() string {
	return v.Day.Weekday().String() + ", " + v.Day.String()
}

// Badge is the outcome in a word.
func (v view) Badge() string { return strings.ToUpper(string(v.Outcome[:1])) + string(v.Outcome[1:]) }
