package account_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/account"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/reports"
)

// day is the night that is told of.
func day() events.Day { return events.NewDay(2011, 12, 1) }

func write(t *testing.T, data string, day events.Day, name string, report any) {
	t.Helper()
	require.NoError(t, reports.Write(reports.Dir(data, day), name, report))
}

func passing() check.Report {
	return check.Report{Verdict: check.Pass, ComparedWith: 28, Figures: check.Figures{Events: 2196, Shoppers: 111}, Findings: []check.Finding{
		{Name: "own_past_over_popularity", Value: 2.77, Lower: 1.27, Upper: 3.41, Says: "own past reaches 2.8× popularity's NDCG@20"},
		{Name: "events", Value: 2196, Lower: 600, Upper: 9615, Says: "the day has 2196 events"},
	}}
}

func card(ndcg float64) reports.Card {
	return reports.Card{
		AsOf: "2011-12-02", K: 20, Days: 28, Shoppers: 1582,
		Metrics:  map[string]float64{"holdout/all_ndcg_at_20": ndcg, "holdout/new_ndcg_at_20": ndcg / 3},
		Coverage: reports.Coverage{Items: 3651, Recommended: 1716, Bought: 2648, Repeats: 0.89, Novelty: 9.6},
		Scores:   []reports.Scores{{Place: 1, Upper: 4, Median: 2, Counts: []int{1, 5, 3, 1}}},
		Bands:    []reports.Band{{Name: "best-selling 1 %", Items: 27, Bought: 0.09, Recommended: 0.2}},
		Tables: []reports.Table{{File: "tables/samples.json", Table: mlflow.Table{
			Columns: []string{"shopper", "bought lately", "we recommend", "score", "why"},
			Data:    [][]any{{"17841", "<b>MUG</b> & saucer", "NIGHT LIGHT", 4.03, "bought before"}, {"17841", "", "TEA SET", 3.2, ""}},
		}}},
	}
}

func verdict(decision gate.Decision, difference float64, outcome gate.Outcome) gate.Verdict {
	return gate.Verdict{
		Verdict: decision, Reason: "all: NDCG@20 …", Limits: "it has seen later days",
		Settings: []gate.Setting{
			{Setting: "all", Metric: "ndcg@20", Shoppers: 94, Old: 0.352, New: 0.352 * (1 + difference), Difference: difference,
				Lower: difference - 0.01, Upper: difference + 0.01, Margin: 0.06, SmallestVisible: 0.02, Outcome: outcome},
			{Setting: "new", Metric: "ndcg@20", Shoppers: 4, Outcome: gate.NoEvidence},
		},
		Bounds: []gate.Bound{{Name: "items", Old: 3600, New: 3651}},
	}
}

// told is the account of a night after four others.
func told(t *testing.T, decision gate.Decision, difference float64, outcome gate.Outcome) account.Account {
	t.Helper()
	data := t.TempDir()
	for n, was := range []gate.Decision{gate.Promote, gate.Reject, "", gate.Promote} {
		before := day().AddDays(n - 4)
		report := passing()
		if was == "" {
			report.Verdict, report.Reasons = check.Hold, []string{"own past reaches 0.5× popularity's NDCG@20"}
		} else {
			write(t, data, before, reports.Gate, verdict(was, 0.01, gate.NonInferior))
			write(t, data, before, reports.ModelCard, card(0.3+float64(n)/100))
		}
		write(t, data, before, reports.Check, report)
	}
	write(t, data, day(), reports.Check, passing())
	write(t, data, day(), reports.ModelCard, card(0.36))
	write(t, data, day(), reports.Gate, verdict(decision, difference, outcome))
	write(t, data, day(), reports.Prequential, map[string]any{"models": []map[string]any{
		{"model_dir": "/m/2011-11-27-46a8418e", "all": map[string]float64{"ndcg@20": 0.31}},
		{"model_dir": "/m/2011-11-28-46a8418e", "all": map[string]float64{"ndcg@20": 0.12}},
	}})
	a, err := account.Gather(data, day(), "recommender", "5")
	require.NoError(t, err)
	return a
}

func TestAnAccountLooksBackOnTheNights(t *testing.T) {
	a := told(t, gate.Promote, 0.007, gate.NonInferior)
	var outcomes []account.Outcome
	for _, night := range a.Nights {
		outcomes = append(outcomes, night.Outcome)
	}
	require.Equal(t, []account.Outcome{account.Promoted, account.Rejected, account.Held, account.Promoted, account.Promoted}, outcomes)
	require.InDelta(t, 0.3, *a.Nights[0].All, 1e-9)
	require.Nil(t, a.Nights[2].All, "a held night has no model")
	require.InDelta(t, 0.31, *a.Nights[4].Unseen, 1e-9, "of the newest model that was promoted, not of a rejected one")
}

func TestTheNoteSaysWhatWasDecidedAndWhy(t *testing.T) {
	note := told(t, gate.Promote, 0.007, gate.NonInferior).Note()
	require.True(t, strings.HasPrefix(note, "Version 5 goes to the shoppers, night of Thursday 2011-12-01."), note)
	require.Contains(t, note, "On everything shoppers bought, NDCG@20 rose from 0.352 to 0.354 (+0.7 %), measured on 94 shoppers. The true difference is surely above −0.3 %")
	require.Contains(t, note, "On what shoppers bought for the first time there is no evidence: only 4 shoppers to compare on.")

	note = told(t, gate.Reject, -0.2, gate.Inferior).Note()
	require.Contains(t, note, "Version 5 is rejected: the model that served goes on serving")
	require.Contains(t, note, "fell from 0.352 to 0.282 (−20.0 %)")
	require.Contains(t, note, "it may be as low as −21.0 %")
}

func TestTheFirstModelHasNoneToCompareWith(t *testing.T) {
	data := t.TempDir()
	write(t, data, day(), reports.Check, passing())
	write(t, data, day(), reports.Gate, gate.FirstModel())
	a, err := account.Gather(data, day(), "recommender", "1")
	require.NoError(t, err)
	require.Equal(t, []string{"It is the first model; there was none to compare it with."}, a.Reasons())
	wellFormed(t, a)
}

func TestAHeldDayIsToldWithItsReasons(t *testing.T) {
	data := t.TempDir()
	held := passing()
	held.Verdict, held.Reasons = check.Hold, []string{"own past reaches 0.5× popularity's NDCG@20"}
	held.Findings[0].Value, held.Findings[0].Outside = 0.5, true
	write(t, data, day(), reports.Check, held)
	a, err := account.Gather(data, day(), "recommender", "")
	require.NoError(t, err)
	require.Equal(t, account.Held, a.Outcome)
	page := wellFormed(t, a)
	require.Contains(t, page, "The day is held: no model was learned from it")
	require.Contains(t, page, "own past reaches 0.5× popularity&#39;s NDCG@20")
}

func TestThePageStandsAlone(t *testing.T) {
	page := wellFormed(t, told(t, gate.Promote, 0.007, gate.NonInferior))
	require.Contains(t, page, "&lt;b&gt;MUG&lt;/b&gt; &amp; saucer", "what the shop's data holds is text")
	for _, loads := range []string{"<script", "<link", "<img", "src=", "url(", "@import", "http"} {
		require.NotContains(t, page, loads)
	}
	require.Contains(t, page, "scheme: dark)")
}

func TestADamagedReportIsLeftOut(t *testing.T) {
	data := t.TempDir()
	require.NoError(t, os.MkdirAll(reports.Dir(data, day()), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(reports.Dir(data, day()), reports.ModelCard), []byte(`{"k":`), 0o600))
	a, err := account.Gather(data, day(), "recommender", "")
	require.NoError(t, err)
	require.Nil(t, a.Card)
	require.Equal(t, account.Open, a.Outcome)
	wellFormed(t, a)
}

// wellFormed renders the page and reads it as XML, which it is but for the tags HTML leaves open.
func wellFormed(t *testing.T, a account.Account) string {
	t.Helper()
	page, err := a.Page()
	require.NoError(t, err)
	require.NotContains(t, string(page), "NaN")
	decoder := xml.NewDecoder(strings.NewReader(string(page)))
	decoder.Strict = false
	decoder.AutoClose, decoder.Entity = xml.HTMLAutoClose, xml.HTMLEntity
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return string(page)
		}
		require.NoError(t, err)
	}
}
