package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
)

var tiny = shop{Users: 300, Items: 400, Events: 12_000}

func TestASimulatedShopIsTheSameAgainAndWithholdsWhatIsMeasured(t *testing.T) {
	measured, tuning := tiny.simulate("tiny", 1)
	again, _ := tiny.simulate("tiny", 1)
	require.Equal(t, measured, again)
	other, _ := tiny.simulate("tiny", 2)
	require.NotEqual(t, measured.train, other.train)
	for _, p := range []*problem{measured, tuning} {
		require.NotEmpty(t, p.sample)
		for i, user := range p.sample {
			truth := row(p.truth, i)
			require.NotEmpty(t, truth)
			seen, _ := p.train.Row(int(user))
			require.True(t, slices.IsSorted(seen))
			for _, item := range truth {
				require.NotContains(t, seen, item)
			}
		}
	}
	require.Equal(t, measured.train, tuning.train)
	for _, user := range tuning.sample {
		require.NotContains(t, measured.sample, user, "settings are chosen on other shoppers than are measured")
	}
}

func TestAProblemIsReadAsItWasWritten(t *testing.T) {
	folder := t.TempDir()
	p, _ := tiny.simulate("tiny", 1)
	require.NoError(t, p.write(folder))
	read, err := readProblem(folder)
	require.NoError(t, err)
	want := *p
	want.truth = model.CSR{} // learners aren't told
	require.Equal(t, &want, read)
}

func TestTheBestAreTheHighestScoresTiesByItem(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	scores := make([]float32, 200)
	for i := range scores {
		scores[i] = float32(source.IntN(30))
	}
	want := make([]int32, len(scores))
	for i := range want {
		want[i] = int32(i)
	}
	slices.SortStableFunc(want, func(a, b int32) int { return int(scores[b] - scores[a]) })
	require.Equal(t, want[:k], best(scores))
}

func TestFactorsThatPointAtTheTruthHaveAnNDCGOfOne(t *testing.T) {
	p := &problem{Users: 2, Items: 30, sample: []int32{1}}
	p.train.Indptr, p.truth = []int64{0, 0, 0}, model.CSR{Indptr: []int64{0, 2}, Indices: []int32{3, 7}, Weights: []float32{1, 1}}
	items := make([]float32, p.Items)
	items[3], items[7] = 2, 1
	out := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(out, "users-1"), raw([]float32{1}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(out, "items-1"), raw(items), 0o600))
	values, err := p.ndcg(t.Context(), out, 1, 1)
	require.NoError(t, err)
	require.Equal(t, []float64{1}, values)
}

func TestARaceReachesAQualityInTheSumOfItsEpochs(t *testing.T) {
	r := race{NDCG: []float64{0.1, 0.3, 0.2}, Seconds: []float64{1, 2, 4}}
	seconds, epochs := r.to(0.25)
	require.InDelta(t, 3, seconds, 1e-9)
	require.Equal(t, 2, epochs)
	_, epochs = r.to(0.4)
	require.Zero(t, epochs)
	require.InDelta(t, 0.3, r.best(), 1e-9)
}

func TestThePictureHasAPanelForTimeAndMemoryAgainstEventsAndFactors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scaling.svg")
	costs := []cost{{Events: 1000, Rank: 32, Seconds: 1, Bytes: 1e6, Least: 1}, {Events: 2000, Rank: 64, Seconds: 2, Bytes: 2e6, Least: 1}}
	c := scalingCommand{Rank: 64, Fixed: 1000}
	require.NoError(t, draw(path, c.panels(costs, costs)))
	picture, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, text := range []string{"</svg>", "seconds an epoch", "peak anonymous memory, MB", "events, with 64 factors", "factors, with 1000 events"} {
		require.Contains(t, string(picture), text)
	}
}

func TestNeighboursLieOneRungAwayAndTheWayBackIsExact(t *testing.T) {
	at := point{"alpha": 3, "regularisation": 0.001}
	neighbours := at.neighbours()
	require.Len(t, neighbours, 4)
	for _, neighbour := range neighbours {
		require.Contains(t, neighbour.neighbours(), at, "%v", neighbour)
	}
}

func TestOfTwoRunsTheLesserSecondsOfEachEpochCount(t *testing.T) {
	r := race{Seconds: []float64{1, 5}, Own: memory{All: 7, Anonymous: 4}}.faster(race{Seconds: []float64{2, 3}, Own: memory{All: 6, Anonymous: 5}})
	require.Equal(t, race{Seconds: []float64{1, 3}, Own: memory{All: 6, Anonymous: 4}}, r)
}
