package table_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/demo/nights"
	"github.com/daybreak-ml/daybreak/demo/table"
	"github.com/daybreak-ml/daybreak/events"
)

var update = flag.Bool("update", false, "write the golden files anew")

// week is a demo in which a day was held, a model was rejected, and a day was released.
func week() []nights.Outcome {
	day := func(d int) events.Day { return events.NewDay(2011, time.November, d) }
	steps := func(with ...string) map[string]float64 {
		all := map[string]float64{
			"ingest": 0.21, "check": 0.34, "prequential": 1.2, "train": 17.64, "consult": 0.1, "log": 1.31,
			"register": 0.2, "gate": 2.49, "challenge": 0.05, "hand-over": 0.4, "crown": 0.05,
		}
		some := map[string]float64{}
		for _, step := range with {
			some[step] = all[step]
		}
		return some
	}
	trained := []string{"ingest", "check", "prequential", "train", "consult", "log", "register", "gate"}
	served := append(append([]string{}, trained...), "challenge", "hand-over", "crown")
	return []nights.Outcome{
		{Result: nights.Result{
			Date: day(27), Events: 1883, Users: 58, Items: 1015,
			Check: nights.Check{Verdict: "pass"}, Metrics: &nights.Metrics{Recall: 0.3771, NDCG: 0.3604},
			Gate: &nights.Gate{Verdict: nights.Promote, Reason: "first model"}, Version: "1", ServingVersion: "1", Seconds: steps(served...),
		}},
		{Sabotage: nights.SabotageDay, Result: nights.Result{
			Date: day(28), Events: 3346, Users: 114, Items: 1410,
			Check: nights.Check{Verdict: nights.Hold, Reasons: []string{
				"own past reaches 0.71× popularity's NDCG@20; by the last 28 days a day of 105 shoppers lies within 1.2× … 3.9×",
				"own past reaches 1.1× the NDCG@20 of the day's other shoppers' pasts; by the last 28 days a day of 105 shoppers lies within 4.7× … 16×",
			}},
			ServingVersion: "1", Seconds: steps("ingest", "check"),
		}},
		{Sabotage: nights.SabotageModel, Result: nights.Result{
			Date: day(29), Events: 1234567, Users: 999, Items: 1000,
			Check: nights.Check{Verdict: "pass"}, Metrics: &nights.Metrics{Recall: 0.12, NDCG: 0.1},
			Gate: &nights.Gate{Verdict: nights.Reject, Reason: "all: NDCG@20 0.360 → 0.100 (-72.2 %), margin -4.0 %: inferior"}, Version: "2", ServingVersion: "1", Seconds: steps(trained...),
		}},
		{Released: day(28), Result: nights.Result{
			Date: day(30), Events: 2590, Users: 127, Items: 1165,
			Check: nights.Check{Verdict: "pass"}, Metrics: &nights.Metrics{Recall: 0.3855, NDCG: 0.3612},
			Gate: &nights.Gate{Verdict: nights.Promote, Reason: "all: NDCG@20 0.360 → 0.361 (+0.2 %), margin -4.0 %: non-inferior"}, Version: "3", ServingVersion: "3", Seconds: steps(served...),
		}},
	}
}

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		name, golden string
		width        int
	}{
		{"where no terminal says how wide it is", "elsewhere.txt", 0},
		{"on a wide terminal the reasons get the room there is", "wide.txt", 200},
		{"on a narrow terminal they get as much as they need to be read", "narrow.txt", 80},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			table.Write(&out, week(), c.width)
			golden := filepath.Join("testdata", c.golden)
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
		})
	}
}
