package card

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/model"
)

const (
	mostSamples    = 12
	mostFavourites = 25
	sampleLength   = 5
)

// A Table is shown as it is: a row of texts and numbers for each of its lines.
type Table struct {
	File  string `json:"file"` // the artifact's path in a run
	Title string `json:"title"`
	mlflow.Table
}

// segmentMetric takes a metric's name apart: where it was measured, on whom, and what it is.
var segmentMetric = regexp.MustCompile(`^(validation|holdout)/(?:segments/)?(.+)_(users|recall_at_20|ndcg_at_20)$`)

// segments is the table of a model's metrics by segment of shoppers.
func segments(record model.Record) Table {
	type row struct {
		part, segment string
		metrics       map[string]float64
	}
	var rows []*row
	for _, metric := range record.Metrics {
		names := segmentMetric.FindStringSubmatch(metric.Key)
		if names == nil {
			continue
		}
		at := slices.IndexFunc(rows, func(r *row) bool { return r.part == names[1] && r.segment == names[2] })
		if at < 0 {
			at = len(rows)
			rows = append(rows, &row{part: names[1], segment: names[2], metrics: map[string]float64{}})
		}
		rows[at].metrics[names[3]] = metric.Value
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(a.part, b.part) })
	table := Table{
		File: "tables/segments.json", Title: "How the model does, by segment",
		Table: mlflow.Table{Columns: []string{"measured on", "segment", "shoppers", "recall@20", "NDCG@20"}, Data: [][]any{}},
	}
	for _, r := range rows {
		table.Data = append(table.Data, []any{
			r.part, segmentTitle(r.segment), r.metrics["users"],
			rounded(r.metrics["recall_at_20"]), rounded(r.metrics["ndcg_at_20"]),
		})
	}
	return table
}

// segmentTitle is what people read for a segment in a metric's name.
func segmentTitle(segment string) string {
	switch segment {
	case "all":
		return "all purchases"
	case "new":
		return "first purchases, in lists without what was had"
	}
	return strings.ReplaceAll(segment, "_", " ")
}

// samples is the table of a few shoppers, from the least to the most active, with what they bought
// lately and what they are recommended.
func samples(m *model.Model, lists []list, sold sales) Table {
	byActivity := slices.Clone(lists)
	byActivity = slices.DeleteFunc(byActivity, func(l list) bool { return len(sold.lately[l.user]) == 0 })
	slices.SortStableFunc(byActivity, func(a, b list) int {
		return cmp.Compare(len(sold.lately[a.user]), len(sold.lately[b.user]))
	})
	table := Table{
		File: "tables/samples.json", Title: "What a few shoppers are recommended",
		Table: mlflow.Table{Columns: []string{"shopper", "bought lately", "we recommend", "score", "why"}, Data: [][]any{}},
	}
	count := min(len(byActivity), mostSamples)
	for i := range count {
		table.Data = append(table.Data, sample(m, byActivity[i*len(byActivity)/count], sold)...)
	}
	return table
}

// sample is one shopper's part of the table: a row for each recommendation, and beside them what was
// bought.
func sample(m *model.Model, list list, sold sales) [][]any {
	var lately []string
	for _, b := range sold.lately[list.user] {
		if name := title(m, b.item); len(lately) < sampleLength && !slices.Contains(lately, name) {
			lately = append(lately, name)
		}
	}
	var rows [][]any
	for place, item := range list.items[:min(sampleLength, len(list.items))] {
		bought := ""
		if place < len(lately) {
			bought = lately[place]
		}
		rows = append(rows, []any{m.UserID(list.user), bought, title(m, item.Item), math.Round(100*float64(item.Score)) / 100, why(m, item)})
	}
	return rows
}

// why names what speaks most for a recommendation, or is empty where nothing of the shopper's does.
func why(m *model.Model, item model.Scored) string {
	if len(item.Because) == 0 {
		return ""
	}
	row, known := m.ItemIndex(item.Because[0])
	switch {
	case item.Because[0] == item.ID:
		return "bought before"
	case known:
		return "goes with " + title(m, row)
	}
	return ""
}

// favourites is the table of the items that are recommended most, beside how they sell.
func favourites(m *model.Model, recommended []int, sold sales, lists int) Table {
	order := make([]int, m.Items())
	bySales := make([]int, m.Items())
	for item := range order {
		order[item], bySales[item] = item, item
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(recommended[b], recommended[a]) })
	slices.SortStableFunc(bySales, func(a, b int) int { return cmp.Compare(sold.purchases[b], sold.purchases[a]) })
	rank := make([]int, m.Items())
	for place, item := range bySales {
		rank[item] = place + 1
	}
	table := Table{
		File: "tables/most-recommended.json", Title: "What is recommended most, and how it sells",
		Table: mlflow.Table{Columns: []string{"item", "title", "in lists, %", "purchases, last 28 days", "sales rank"}, Data: [][]any{}},
	}
	for _, item := range order[:min(mostFavourites, len(order))] {
		table.Data = append(table.Data, []any{
			m.ItemID(item), title(m, item), math.Round(1000*float64(recommended[item])/float64(lists)) / 10, sold.purchases[item], rank[item],
		})
	}
	return table
}

// title is an item's title, or its id where it has none.
func title(m *model.Model, item int) string {
	if known := m.Item(item).Title; known != "" {
		return known
	}
	return m.ItemID(item)
}

// rounded keeps four decimals: more are noise to a reader.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }
