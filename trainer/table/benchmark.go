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
	Users    int      // with something in both tables
	Recall   Measured // found in the first k, divided by all of the user's test items
	NDCG     Measured
	HitRate  Measured
	Coverage Measured // share of the items that are in anybody's list
	Novelty  Measured // bits: mean over users of the mean of -log2 of the share of users who have a listed item
	Model    Model
	Seconds  map[string]float64
	Lists    []List // of each user who was measured, ascending
}

// A List is what a user was recommended, best first.
type List struct {
	User  string
	Items []string
}

// Measured is a mean over users with its 95 % interval.
type Measured struct {
	Value    float64
	Interval evaluation.Interval
}

// Model is what was chosen.
type Model struct {
	Contest         *Contest           `json:"contest,omitempty"` // nil where the settings give the blend
	Rank            int                `json:"rank"`
	Hyperparameters map[string]float64 `json:"hyperparameters"`
	Scoring         model.Scoring      `json:"scoring"`
}

// Document names the metrics with their k, as in "ndcg@20".
func (r Report) Document() map[string]any {
	at := func(name string) string { return fmt.Sprintf("%s@%d", name, r.K) }
	document := map[string]any{
		"users": r.Users, "model": r.Model, "seconds": r.Seconds,
	}
	for name, measured := range map[string]Measured{
		"recall": r.Recall, "ndcg": r.NDCG, "hr": r.HitRate, "coverage": r.Coverage, "novelty": r.Novelty,
	} {
		document[at(name)] = measured.Value
		document[at(name)+"_interval"] = measured.Interval
	}
	return document
}

// Benchmark learns from one table and tests on the other, all items ranked. What
// it learns is decided by a contest on a part of the training table, unless the
// settings give a blend.
func Benchmark(ctx context.Context, train, test []Row, options Options, progress learn.Progress) (Report, error) {
	report := Report{K: options.K, Seconds: map[string]float64{}}
	if differ(train) { // ratings
		train = slices.DeleteFunc(slices.Clone(train), func(r Row) bool { return r.Value < options.Settings.RatingThreshold })
	}
	if len(train) == 0 {
		return Report{}, fmt.Errorf("%w: no row of the training table has a value of at least rating_threshold (%v) or none at all", interactions.ErrEmpty, options.Settings.RatingThreshold)
	}
	log := interactions.FromRows(triples(train), 0)
	begin := time.Now()
	settings := options.Settings
	if settings.Blend == nil {
		var contest Contest
		var err error
		if settings, contest, err = compete(ctx, withoutValues(train), options, progress); err != nil {
			return Report{}, err
		}
		report.Model.Contest = &contest
	}
	report.Seconds["choose"] = time.Since(begin).Seconds()
	begin = time.Now()
	trained, err := learn.Train(ctx, learn.Input{
		Log: log, AsOf: log.Last().AddDays(1), Name: "benchmark", Items: func(string) learn.ItemFacts { return learn.ItemFacts{} },
	}, settings, progress)
	if err != nil {
		return Report{}, err
	}
	m, err := model.New(trained.Parameters)
	if err != nil {
		return Report{}, err
	}
	report.Seconds["train"] = time.Since(begin).Seconds()
	config := m.Config()
	report.Model.Rank, report.Model.Hyperparameters, report.Model.Scoring = config.Rank, config.Hyperparameters, config.Scoring
	begin = time.Now()
	scores, err := testScores(ctx, m, test, options)
	if err != nil {
		return Report{}, err
	}
	if report.Users = len(scores.ndcg); report.Users == 0 {
		return Report{}, fmt.Errorf("no user of the test table is in the training table with an item that is in it too: there is nothing to measure")
	}
	report.Recall, report.NDCG, report.HitRate = measured(scores.recall), measured(scores.ndcg), measured(scores.hits)
	report.Coverage, report.Novelty = coverage(scores.lists, m.Items()), novelty(m, scores.lists)
	report.Lists = scores.named(m)
	report.Seconds["test"] = time.Since(begin).Seconds()
	return report, nil
}

// differ says whether a table's values are ratings rather than all the same.
func differ(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Value != rows[0].Value })
}

// withoutValues returns rows that all count.
func withoutValues(rows []Row) []Row {
	all := slices.Clone(rows)
	for i := range all {
		all[i].Value = 1
	}
	return all
}

func measured(values []float64) Measured {
	return Measured{Value: mean(values), Interval: evaluation.Bootstrap([][]float64{values})}
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(1, len(values)))
}

// scores are those of each user who is measured, in one order.
type scores struct {
	recall, ndcg, hits []float64
	users              []string
	lists              [][]int32 // rows of the listed items, best first
}

// named returns the lists by the items' ids.
func (s scores) named(m *model.Model) []List {
	named := make([]List, len(s.lists))
	for n, list := range s.lists {
		named[n] = List{User: s.users[n], Items: make([]string, len(list))}
		for place, item := range list {
			named[n].Items[place] = m.ItemID(int(item))
		}
	}
	return named
}

func testScores(ctx context.Context, m *model.Model, test []Row, options Options) (scores, error) {
	var s scores
	for _, c := range testCases(m, test, options) {
		if err := ctx.Err(); err != nil {
			return scores{}, err
		}
		answer, err := m.Recommend(model.Request{User: c.User, K: options.K, ExcludeSeen: options.ExcludeSeen})
		if err != nil {
			return scores{}, err
		}
		ranking := make([]int32, len(answer.Items))
		hits := 0
		for i, item := range answer.Items {
			ranking[i] = int32(item.Item)
			if c.Truth[ranking[i]] {
				hits++
			}
		}
		s.users, s.lists = append(s.users, c.User), append(s.lists, ranking)
		s.recall = append(s.recall, float64(hits)/float64(len(c.Truth)))
		s.ndcg = append(s.ndcg, metrics.NDCG(ranking, c.Truth, options.K))
		s.hits = append(s.hits, metrics.HitRate(ranking, c.Truth, options.K))
	}
	return s, nil
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
