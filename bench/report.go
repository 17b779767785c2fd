package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
)

const daybreak = "Daybreak"

// report gathers the weeks.
type report struct {
	shop               string
	k, threads, rounds int
	versions           map[string]string
	recommenders       []*recommender // Daybreak first
}

// recommender is how one of them did, week by week.
type recommender struct {
	name  string
	weeks []weekResult
}

type weekResult struct {
	start  events.Day
	chosen map[string]map[string]any // a peer's settings, for all and for new
	learned
}

func newReport(shop string, k, threads, rounds int) *report {
	return &report{shop: shop, k: k, threads: threads, rounds: rounds, versions: map[string]string{}}
}

// add measures Daybreak and its peers on a week, one after the other.
func (r *report) add(ctx context.Context, w week, peers peerProgram) error {
	ours, err := measureDaybreak(ctx, w, r.k)
	if err != nil {
		return err
	}
	answer, err := peers.run(ctx, w)
	if err != nil {
		return err
	}
	for range r.rounds - 1 {
		if err := ours.timeAgain(ctx, w); err != nil {
			return err
		}
	}
	r.versions = answer.Versions
	r.versions["go"] = runtime.Version()
	r.record(daybreak, weekResult{start: w.Start, learned: ours})
	for _, peer := range answer.Peers {
		theirs, err := peer.measure(w, r.k)
		if err != nil {
			return err
		}
		chosen := map[string]map[string]any{"all": peer.All.Chosen, "new": peer.New.Chosen}
		r.record(peer.Name, weekResult{start: w.Start, chosen: chosen, learned: theirs})
	}
	return nil
}

func (r *report) record(name string, result weekResult) {
	at := slices.IndexFunc(r.recommenders, func(known *recommender) bool { return known.name == name })
	if at < 0 {
		at = len(r.recommenders)
		r.recommenders = append(r.recommenders, &recommender{name: name})
	}
	r.recommenders[at].weeks = append(r.recommenders[at].weeks, result)
}

// mean averages over the weeks, each of which weighs the same.
func (m *recommender) mean() learned {
	var mean learned
	var summaries []evaluation.Summary
	for _, week := range m.weeks {
		summaries = append(summaries, week.Summary)
		mean.TuneSeconds += week.TuneSeconds / float64(len(m.weeks))
		mean.FitSeconds += week.FitSeconds / float64(len(m.weeks))
	}
	mean.Summary = evaluation.Average(summaries)
	return mean
}

// text is a table in Markdown, means over the weeks.
func (r *report) text() string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{
		"", fmt.Sprintf("all: recall@%d", r.k), fmt.Sprintf("all: NDCG@%d", r.k),
		fmt.Sprintf("new: recall@%d", r.k), fmt.Sprintf("new: NDCG@%d", r.k), "tune, s", "fit, s", "fit ÷ ours",
	})
	ours := r.recommenders[0].mean()
	for _, m := range r.recommenders {
		mean := m.mean()
		t.AppendRow(table.Row{
			m.name, share(mean.All.Recall), share(mean.All.NDCG), share(mean.New.Recall), share(mean.New.NDCG),
			fmt.Sprintf("%.2f", mean.TuneSeconds), fmt.Sprintf("%.3f", mean.FitSeconds), fmt.Sprintf("%.2f", mean.FitSeconds/ours.FitSeconds),
		})
	}
	return t.RenderMarkdown()
}

func share(value float64) string { return fmt.Sprintf("%.4f", value) }

// document is the report as JSON has it.
func (r *report) document() any {
	return map[string]any{}
}
