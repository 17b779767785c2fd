package table

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

// Options of a benchmark.
type Options struct {
	K           int
	ExcludeSeen bool // what the user has in the training table is left out of lists and truth
	Settings    learn.Settings
}

// Report is how the model learned from one table does on another.
type Report struct {
	K        int
	Users    int     // with something in both tables
	Recall   float64 // found in the first k, divided by all of the user's test items
	NDCG     float64
	HitRate  float64
	Coverage float64 // share of the items that are in anybody's list
	Scoring  model.Scoring
	Seconds  map[string]float64
}

// Document names the metrics with their k, as in "ndcg@20".
func (r Report) Document() map[string]any {
	at := func(name string) string { return fmt.Sprintf("%s@%d", name, r.K) }
	return map[string]any{
		"users": r.Users, at("recall"): r.Recall, at("ndcg"): r.NDCG, at("hr"): r.HitRate, at("coverage"): r.Coverage,
		"model": r.Scoring, "seconds": r.Seconds,
	}
}

// Benchmark learns from one table and tests on the other, all items ranked.
func Benchmark(ctx context.Context, train, test []Row, options Options, progress learn.Progress) (Report, error) {
	report := Report{K: options.K, Seconds: map[string]float64{}}
	log := interactions.FromRows(triples(train), options.Settings.RatingThreshold)
	if len(log.Rows) == 0 {
		return Report{}, fmt.Errorf("%w: no row of the training table has a value of at least rating_threshold (%v) or none at all", interactions.ErrEmpty, options.Settings.RatingThreshold)
	}
	asOf := log.Last().AddDays(1)
	begin := time.Now()
	trained, err := learn.Train(ctx, learn.Input{
		Log: log, AsOf: asOf, Name: "benchmark", Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}, options.Settings, progress)
	if err != nil {
		return Report{}, err
	}
	m, err := model.New(trained.Parameters)
	if err != nil {
		return Report{}, err
	}
	report.Seconds["train"] = time.Since(begin).Seconds()
	report.Scoring = trained.Parameters.Config.Scoring
	begin = time.Now()
	cases := testCases(m, test, options)
	if len(cases) == 0 {
		return Report{}, fmt.Errorf("no user of the test table is in the training table with an item that is in it too: there is nothing to measure")
	}
	recommended := map[int32]bool{}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return Report{}, err
		}
		answer, err := m.Recommend(model.Request{User: c.User, K: options.K, ExcludeSeen: options.ExcludeSeen})
		if err != nil {
			return Report{}, err
		}
		ranking := make([]int32, len(answer.Items))
		for i, item := range answer.Items {
			ranking[i] = int32(item.Item)
			recommended[ranking[i]] = true
		}
		hits := 0
		for _, item := range ranking {
			if c.Truth[item] {
				hits++
			}
		}
		report.Recall += float64(hits) / float64(len(c.Truth))
		report.NDCG += metrics.NDCG(ranking, c.Truth, options.K)
		report.HitRate += metrics.HitRate(ranking, c.Truth, options.K)
	}
	report.Users = len(cases)
	report.Recall /= float64(report.Users)
	report.NDCG /= float64(report.Users)
	report.HitRate /= float64(report.Users)
	report.Coverage = float64(len(recommended)) / float64(m.Items())
	report.Seconds["test"] = time.Since(begin).Seconds()
	return report, nil
}

// triples gives each row its UTC day; a row without a time lies on the first.
func triples(rows []Row) []interactions.Triple {
	out := make([]interactions.Triple, len(rows))
	for i, row := range rows {
		out[i] = interactions.Triple{User: row.User, Item: row.Item, Value: row.Value, Day: events.DayOf(time.Unix(row.Seconds, 0), time.UTC)}
	}
	return out
}

// testCases returns the users of the test table that the model knows, ascending,
// with their items of it. An item that the model doesn't know counts too, under
// a row that no list can hold.
func testCases(m *model.Model, test []Row, options Options) []evaluation.Case {
	truths := map[int]map[int32]bool{}
	unknown := map[string]int32{}
	for _, row := range test {
		user, known := m.UserIndex(row.User)
		if !known {
			continue
		}
		var truth int32
		if item, known := m.ItemIndex(row.Item); known {
			truth = int32(item)
			seen, _ := m.Past().Row(user)
			if _, had := slices.BinarySearch(seen, truth); had && options.ExcludeSeen {
				continue
			}
		} else {
			if unknown[row.Item] == 0 {
				unknown[row.Item] = -1 - int32(len(unknown))
			}
			truth = unknown[row.Item]
		}
		if truths[user] == nil {
			truths[user] = map[int32]bool{}
		}
		truths[user][truth] = true
	}
	cases := make([]evaluation.Case, 0, len(truths))
	for user := range m.Users() {
		if truths[user] != nil {
			cases = append(cases, evaluation.Case{User: m.UserID(user), Truth: truths[user]})
		}
	}
	return cases
}
