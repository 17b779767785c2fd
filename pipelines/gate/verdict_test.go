package gate_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

func policy(t testing.TB) gate.Policy {
	t.Helper()
	p, err := gate.Load("")
	require.NoError(t, err)
	return p
}

// compared simulates a comparison on so many shoppers, each on one to three days: what the serving
// model reaches is scattered as widely as on a real shop, and tonight's model reaches newer of it.
func compared(shoppers int, seed uint64, newer func(old float64, random *rand.Rand) float64) []gate.Pair {
	random := rand.New(rand.NewPCG(seed, 1))
	var pairs []gate.Pair
	for shopper := range shoppers {
		for day := range 1 + random.IntN(3) {
			for _, setting := range []string{"all", "new"} {
				level := map[string]float64{"all": 0.5, "new": 0.2}[setting]
				old := max(0, random.Float64()-(1-level))
				tonight := min(1, max(0, newer(old, random)))
				for _, metric := range []string{"ndcg@20", "recall@20"} {
					pairs = append(pairs, gate.Pair{
						Shopper: fmt.Sprintf("s%d", shopper), Day: fmt.Sprintf("2011-11-%02d", day+1),
						Setting: setting, Metric: metric, Old: old, New: tonight,
					})
				}
			}
		}
	}
	return pairs
}

// The kinds of models a night may bring, by what they reach where the serving one reaches old.
func honest(old float64, random *rand.Rand) float64 { // last night's with one more day
	if random.IntN(4) > 0 {
		return old
	}
	return old * (0.9 + 0.22*random.Float64())
}
func same(old float64, _ *rand.Rand) float64     { return old }
func slightly(old float64, _ *rand.Rand) float64 { return old * 0.97 }
func clearly(old float64, _ *rand.Rand) float64  { return old * 0.8 }
func poisoned(_ float64, random *rand.Rand) float64 { // lists that have nothing to do with the shopper
	return max(0, 0.3*random.Float64()-0.2)
}
func different(old float64, random *rand.Rand) float64 { // as good in the mean, for other shoppers
	return old * 2 * random.Float64()
}

func TestAVerdictFollowsFromTheEvidence(t *testing.T) {
	for _, c := range []struct {
		name    string
		pairs   []gate.Pair
		change  func(*gate.Policy)
		skipped string
		bounds  []gate.Bound
		verdict gate.Decision
		says    []string
	}{
		{name: "the same model again is promoted", pairs: compared(80, 1, same), verdict: gate.Promote,
			says: []string{"all: NDCG@20", "new: NDCG@20", "(+0.0 %", "80 shoppers", "could have been seen", "non-inferior"}},
		{name: "last night's model with one more day is promoted", pairs: compared(80, 1, honest), verdict: gate.Promote,
			says: []string{"non-inferior"}},
		{name: "a loss within the margin is promoted", pairs: compared(80, 1, slightly), verdict: gate.Promote,
			says: []string{"(-3.0 %"}},
		{name: "a loss beyond the margin is rejected, by the setting that shows it", pairs: compared(80, 1, clearly), verdict: gate.Reject,
			says: []string{"(-20.0 %", "inferior"}},
		{name: "a poisoned model is rejected on 60 shoppers", pairs: compared(60, 1, poisoned), verdict: gate.Reject,
			says: []string{"60 shoppers"}},
		{name: "a poisoned model is rejected on 12 shoppers", pairs: compared(12, 1, poisoned), verdict: gate.Reject,
			says: []string{"12 shoppers", "inferior"}},
		{name: "an underpowered night goes by its estimate", pairs: compared(60, 3, different), verdict: gate.Promote,
			says: []string{"underpowered"}},
		{name: "an underpowered night is rejected where the policy says so", pairs: compared(60, 3, different), verdict: gate.Reject,
			change: func(p *gate.Policy) { p.Underpowered = "reject" }, says: []string{"underpowered"}},
		{name: "with too few shoppers the policy decides", pairs: compared(5, 1, same), verdict: gate.Promote,
			says: []string{"no evidence: 5 shoppers of the holdout group bought anything; 10 are needed; the policy says promote"}},
		{name: "with too few shoppers a careful policy rejects", pairs: compared(5, 1, same), verdict: gate.Reject,
			change: func(p *gate.Policy) { p.WithoutEvidence = "reject" }},
		{name: "a comparison that was skipped says why", skipped: "the models have different holdout groups", verdict: gate.Promote,
			says: []string{"no evidence: the models have different holdout groups"}},
		{name: "a model that lost most of its items is rejected, however good", pairs: compared(80, 1, same),
			bounds: policy(t).Compare(gate.Facts{Items: 3000, Users: 4000, Bytes: 1 << 20}, gate.Facts{Items: 1000, Users: 4100, Bytes: 1 << 20}), verdict: gate.Reject,
			says: []string{"the model has 1000 items, the one that serves 3000; at least 0.5 times as many are allowed"}},
		{name: "a model grown beyond its bound is rejected", pairs: compared(80, 1, same),
			bounds: policy(t).Compare(gate.Facts{Items: 10, Users: 10, Bytes: 100}, gate.Facts{Items: 10, Users: 10, Bytes: 301}), verdict: gate.Reject,
			says: []string{"301 bytes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := policy(t)
			if c.change != nil {
				c.change(&p)
			}
			verdict := gate.Decide(p, c.pairs, c.skipped, c.bounds)
			require.Equal(t, c.verdict, verdict.Verdict, verdict.Reason)
			for _, says := range c.says {
				require.Contains(t, verdict.Reason, says)
			}
			require.Equal(t, verdict, gate.Decide(p, c.pairs, c.skipped, c.bounds), "the same evidence gives the same verdict")
		})
	}
}

func TestHonestModelsPassAndPoisonedOnesDoNot(t *testing.T) {
	p := policy(t)
	p.Resamples = 500
	promoted, let := 0, 0
	const nights = 100
	for night := range uint64(nights) {
		if gate.Decide(p, compared(60, night, honest), "", nil).Verdict == gate.Promote {
			promoted++
		}
		if gate.Decide(p, compared(60, night, poisoned), "", nil).Verdict == gate.Promote {
			let++
		}
	}
	require.GreaterOrEqual(t, promoted, nights-2, "honest models promoted")
	require.Zero(t, let, "poisoned models promoted")
}

func TestTheSmallestVisibleLossShrinksWithShoppers(t *testing.T) {
	few := gate.Decide(policy(t), compared(30, 1, different), "", nil).Settings[0]
	many := gate.Decide(policy(t), compared(480, 1, different), "", nil).Settings[0]
	require.InDelta(t, 4, few.SmallestVisible/many.SmallestVisible, 1.5)
}

func TestTheFirstModelIsPromoted(t *testing.T) {
	require.Equal(t, gate.Promote, gate.FirstModel().Verdict)
	require.Equal(t, "first model", gate.FirstModel().Reason)
}
