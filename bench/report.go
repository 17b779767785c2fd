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
	Shop         string            `json:"shop"`
	K            int               `json:"k"`
	Threads      int               `json:"threads"`
	Rounds       int               `json:"rounds"`
	Versions     map[string]string `json:"versions"`
	Recommenders []*recommender    `json:"recommenders"` // Daybreak first
}

// recommender is how one of them did, week by week, and on average.
type recommender struct {
	Name  string       `json:"name"`
	Weeks []weekResult `json:"weeks"`
	Mean  learned      `json:"mean"`
	// Lead is how far Daybreak is ahead in NDCG, shopper by shopper; nil for
	// Daybreak itself.
	Lead *lead `json:"lead,omitempty"`
}

// lead is a difference of means over the weeks, with 95 % intervals.
type lead struct {
	All         float64             `json:"all"`
	AllInterval evaluation.Interval `json:"all_interval"`
	New         float64             `json:"new"`
	NewInterval evaluation.Interval `json:"new_interval"`
}

// leadOver compares the same shoppers of the same weeks under both: the paired
// bootstrap of evaluation.Bootstrap.
func leadOver(ours, theirs []weekResult) *lead {
	var all, fresh [][]float64
	var l lead
	for week := range theirs {
		var ofAll, ofNew []float64
		for i, shopper := range ours[week].shoppers {
			peer := theirs[week].shoppers[i]
			ofAll = append(ofAll, shopper.All.NDCG-peer.All.NDCG)
			if shopper.New != nil {
				ofNew = append(ofNew, shopper.New.NDCG-peer.New.NDCG)
			}
		}
		all, fresh = append(all, ofAll), append(fresh, ofNew)
		l.All += (ours[week].All.NDCG - theirs[week].All.NDCG) / float64(len(theirs))
		l.New += (ours[week].New.NDCG - theirs[week].New.NDCG) / float64(len(theirs))
	}
	l.AllInterval, l.NewInterval = evaluation.Bootstrap(all), evaluation.Bootstrap(fresh)
	return &l
}

type weekResult struct {
	Start  events.Day                `json:"start"`
	Chosen map[string]map[string]any `json:"chosen,omitempty"` // a peer's settings, for all and for new
	learned
}

// add measures Daybreak and its peers on a week, one after the other.
func (r *report) add(ctx context.Context, w week, peers peerProgram) error {
	ours, err := measureDaybreak(ctx, w, r.K)
	if err != nil {
		return err
	}
	contest, err := measureBenchmark(ctx, w, r.K)
	if err != nil {
		return err
	}
	answer, err := peers.run(ctx, w)
	if err != nil {
		return err
	}
	for range r.Rounds - 1 {
		if err := ours.timeAgain(ctx, w); err != nil {
			return err
		}
	}
	r.Versions = answer.Versions
	r.Versions["go"] = runtime.Version()
	r.record(daybreak, weekResult{Start: w.Start, learned: ours})
	r.record(benchmarked, weekResult{Start: w.Start, learned: contest})
	for _, peer := range answer.Peers {
		theirs, err := peer.measure(w, r.K)
		if err != nil {
			return err
		}
		chosen := map[string]map[string]any{"all": peer.All.Chosen, "new": peer.New.Chosen}
		r.record(peer.Name, weekResult{Start: w.Start, Chosen: chosen, learned: theirs})
	}
	return nil
}

func (r *report) record(name string, result weekResult) {
	at := slices.IndexFunc(r.Recommenders, func(known *recommender) bool { return known.Name == name })
	if at < 0 {
		at = len(r.Recommenders)
		r.Recommenders = append(r.Recommenders, &recommender{Name: name})
	}
	known := r.Recommenders[at]
	known.Weeks = append(known.Weeks, result)
	known.Mean = mean(known.Weeks)
	if ours := r.Recommenders[0]; known != ours && len(ours.Weeks) >= len(known.Weeks) {
		known.Lead = leadOver(ours.Weeks, known.Weeks)
	}
}

// mean averages over weeks, each of which weighs the same.
func mean(weeks []weekResult) learned {
	var mean learned
	var summaries []evaluation.Summary
	for _, week := range weeks {
		summaries = append(summaries, week.Summary)
		mean.TuneSeconds += week.TuneSeconds / float64(len(weeks))
		mean.FitSeconds += week.FitSeconds / float64(len(weeks))
	}
	mean.Summary = evaluation.Average(summaries)
	return mean
}

// text is a table in Markdown: means over the weeks, seconds for one week.
func (r *report) text() string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{
		"", fmt.Sprintf("all: recall@%d", r.K), fmt.Sprintf("all: NDCG@%d", r.K),
		fmt.Sprintf("new: recall@%d", r.K), fmt.Sprintf("new: NDCG@%d", r.K), "tune, s", "fit, s", "fit ÷ Daybreak's",
	})
	ours := r.Recommenders[0].Mean
	for _, m := range r.Recommenders {
		t.AppendRow(table.Row{
			m.Name, fmt.Sprintf("%.4f", m.Mean.All.Recall), fmt.Sprintf("%.4f", m.Mean.All.NDCG),
			fmt.Sprintf("%.4f", m.Mean.New.Recall), fmt.Sprintf("%.4f", m.Mean.New.NDCG),
			fmt.Sprintf("%.2f", m.Mean.TuneSeconds), fmt.Sprintf("%.2f", m.Mean.FitSeconds),
			fmt.Sprintf("%.2f", m.Mean.FitSeconds/ours.FitSeconds),
		})
	}
	return t.RenderMarkdown() + "\n\n" + r.leads()
}

// leads is a table in Markdown of how far Daybreak is ahead of each peer.
func (r *report) leads() string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"Daybreak's lead, NDCG", "all", "95 % interval", "new", "95 % interval"})
	for _, m := range r.Recommenders {
		if m.Lead == nil {
			continue
		}
		span := func(i evaluation.Interval) string { return fmt.Sprintf("%+.4f to %+.4f", i.Low, i.High) }
		t.AppendRow(table.Row{
			m.Name, fmt.Sprintf("%+.4f", m.Lead.All), span(m.Lead.AllInterval), fmt.Sprintf("%+.4f", m.Lead.New), span(m.Lead.NewInterval),
		})
	}
	return t.RenderMarkdown()
}
