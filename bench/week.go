package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
	"github.com/daybreak-ml/daybreak/trainer/weeks"
)

// A week is what is learned from and what it is measured on.
type week struct {
	Start    events.Day
	Settings learn.Settings
	Before   *interactions.Log
	Cases    []evaluation.Case // the shoppers of the week who were known before
	// cases are the same with profiles of another half-life.
	cases func(halfLifeDays float64) []evaluation.Case
}

// week cuts the log at the first day of a test week.
func (s *shop) week(start events.Day) (week, error) {
	split := s.log.SplitAt(start)
	if len(split.Before.Rows) == 0 {
		return week{}, fmt.Errorf("nothing lies before the test week from %s; the shop begins on %s", start, s.log.First())
	}
	w := week{Start: start, Settings: s.Settings, Before: split.Before}
	w.cases = func(halfLifeDays float64) []evaluation.Case {
		return evaluation.Cases(s.log, split, start, start.AddDays(weeks.Days), halfLifeDays, evaluation.Everyone)
	}
	if w.Cases = w.cases(s.Settings.HistoryHalfLifeDays); len(w.Cases) == 0 {
		return week{}, fmt.Errorf("nobody known from before bought anything known in the week from %s; the shop ends on %s", start, s.log.Last())
	}
	return w, nil
}

// writeTable writes what lies before the week: shopper, item, weight and the
// second, since 1970, at which the day began, tab-separated; one line for what a
// shopper did with an item in a day.
func (w week) writeTable(path string) error {
	return writeLines(path, func(to io.Writer) error {
		for _, row := range w.Before.Rows {
			_, err := fmt.Fprintf(to, "%s\t%s\t%v\t%d\n", w.Before.Users[row.User], w.Before.Items[row.Item], row.Weight, row.Day.Start(time.UTC).Unix())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// writeShoppers writes the ids of the cases, one a line.
func (w week) writeShoppers(path string) error {
	return writeLines(path, func(to io.Writer) error {
		for _, c := range w.Cases {
			if _, err := fmt.Fprintln(to, c.User); err != nil {
				return err
			}
		}
		return nil
	})
}

func writeLines(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	to := bufio.NewWriter(file)
	err = write(to)
	if err == nil {
		err = to.Flush()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// measure holds a peer's lists, one for each case in both settings, against what
// was bought, and returns how they did, in the cases' order. Lists may be shorter than k; a list is no list if it names an item
// twice, one that isn't known, or, in the setting new, one that the shopper had.
func (w week) measure(all, fresh [][]string, k int) ([]evaluation.Shopper, error) {
	if len(all) != len(w.Cases) || len(fresh) != len(w.Cases) {
		return nil, fmt.Errorf("%d and %d lists for %d shoppers", len(all), len(fresh), len(w.Cases))
	}
	shoppers := make([]evaluation.Shopper, len(w.Cases))
	for i, c := range w.Cases {
		ranking, err := w.ranking(all[i])
		if err != nil {
			return nil, fmt.Errorf("list for shopper %q: %w", c.User, err)
		}
		shoppers[i] = evaluation.Shopper{User: c.User, All: score(ranking, c.Truth, k)}
		if len(c.New) == 0 {
			continue
		}
		if ranking, err = w.ranking(fresh[i]); err != nil {
			return nil, fmt.Errorf("list of new items for shopper %q: %w", c.User, err)
		}
		for _, item := range ranking {
			if _, had := slices.BinarySearch(c.Profile.Items, item); had {
				return nil, fmt.Errorf("list of new items for shopper %q: item %q isn't new to them", c.User, w.Before.Items[item])
			}
		}
		s := score(ranking, c.New, k)
		shoppers[i].New = &s
	}
	return shoppers, nil
}

// ranking turns items' ids into their rows.
func (w week) ranking(ids []string) ([]int32, error) {
	rows := make([]int32, len(ids))
	for i, id := range ids {
		row, known := slices.BinarySearch(w.Before.Items, id)
		if !known {
			return nil, fmt.Errorf("item %q isn't of the training table", id)
		}
		rows[i] = int32(row)
		if slices.Contains(rows[:i], rows[i]) {
			return nil, fmt.Errorf("item %q is in it twice", id)
		}
	}
	return rows, nil
}

func score(ranking []int32, truth map[int32]bool, k int) evaluation.Score {
	return evaluation.Score{Recall: metrics.Recall(ranking, truth, k), NDCG: metrics.NDCG(ranking, truth, k)}
}
