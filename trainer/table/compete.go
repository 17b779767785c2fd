package table

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// Contest is what the models of a table's kind did on the part of the training
// table that was held back.
type Contest struct {
	HeldBack string             `json:"held_back"` // which part, in words
	NDCG     map[string]float64 `json:"ndcg"`      // of each kind's best
	Winner   string             `json:"winner"`
}

// The kinds of model that compete.
const (
	itemItem = "item-item"
	factors  = "factors"
	blended  = "blend"
)

// forever is a half-life that decays nothing.
const forever = 1e6

// compete returns the settings of the model that does best on a part of the
// training table that the others learn without: item-to-item weights alone,
// factors alone, or a blend of the best of both with the own past and popularity.
func compete(ctx context.Context, train []Row, options Options, progress learn.Progress) (learn.Settings, Contest, error) {
	part := holdBack(train)
	if part.log == nil {
		settings := options.Settings
		weights := model.BlendWeights{ItemItem: 1, Factors: 0.6, Popularity: 0.1}
		settings.Blend, settings.TrendExponent = &weights, 0
		return settings, Contest{HeldBack: "nothing: the table is too small", Winner: blended, NDCG: map[string]float64{}}, nil
	}
	contest := Contest{HeldBack: part.name, NDCG: map[string]float64{}}
	trial := func(settings learn.Settings, weights model.BlendWeights, trend float64) (model.Parameters, float64, error) {
		settings.Blend, settings.TrendExponent = &weights, trend
		trained, err := learn.Train(ctx, part.input(), settings, func(_ string, e ials.Epoch) { progress("compete", e) })
		if err != nil {
			return model.Parameters{}, 0, err
		}
		ndcg, err := part.measure(ctx, trained.Parameters, options)
		return trained.Parameters, ndcg, err
	}
	best := options.Settings
	take := func(kind string, weights model.BlendWeights, tries []learn.Settings, pick func(from learn.Settings)) error {
		for _, settings := range tries {
			_, ndcg, err := trial(settings, weights, 0)
			if err != nil {
				return fmt.Errorf("try %s: %w", kind, err)
			}
			if known, ok := contest.NDCG[kind]; !ok || ndcg > known {
				contest.NDCG[kind] = ndcg
				pick(settings)
			}
		}
		return nil
	}
	if err := take(itemItem, model.BlendWeights{ItemItem: 1}, itemItemTries(options.Settings, part.timed), func(s learn.Settings) {
		best.NeighbourRidge, best.Neighbours, best.HistoryHalfLifeDays = s.NeighbourRidge, s.Neighbours, s.HistoryHalfLifeDays
	}); err != nil {
		return learn.Settings{}, Contest{}, err
	}
	if err := take(itemItem, model.BlendWeights{ItemItem: 1}, neighbourTries(best, len(part.log.Items)), func(s learn.Settings) {
		best.Neighbours = s.Neighbours
	}); err != nil {
		return learn.Settings{}, Contest{}, err
	}
	if err := take(factors, model.BlendWeights{Factors: 1}, factorTries(best, part.log), func(s learn.Settings) {
		best.Rank, best.Epochs, best.Factorisation = s.Rank, s.Epochs, s.Factorisation
	}); err != nil {
		return learn.Settings{}, Contest{}, err
	}
	winner, trend := model.BlendWeights{ItemItem: 1}, 0.0
	if contest.Winner = itemItem; contest.NDCG[factors] > contest.NDCG[itemItem] {
		contest.Winner, winner = factors, model.BlendWeights{Factors: 1}
	}
	for _, exponent := range trendTries(part.timed) {
		parameters, _, err := trial(best, model.BlendWeights{ItemItem: 1, Factors: 1}, exponent)
		if err != nil {
			return learn.Settings{}, Contest{}, err
		}
		for _, weights := range blendTries(options) {
			parameters.Config.Scoring.Blend = weights
			ndcg, err := part.measure(ctx, parameters, options)
			if err != nil {
				return learn.Settings{}, Contest{}, err
			}
			if ndcg > contest.NDCG[contest.Winner] {
				contest.Winner, winner, trend = blended, weights, exponent
				contest.NDCG[blended] = ndcg
			}
			contest.NDCG[blended] = max(contest.NDCG[blended], ndcg)
		}
	}
	best.Blend, best.TrendExponent = &winner, trend
	return best, contest, nil
}

// trendTries are how much what sells lately counts: not at all in a table without
// times.
func trendTries(timed bool) []float64 {
	if timed {
		return []float64{0, 0.5, 1}
	}
	return []float64{0}
}

// itemItemTries are coarse: a multiple of three each.
func itemItemTries(s learn.Settings, timed bool) []learn.Settings {
	halfLives := []float64{forever}
	if timed {
		halfLives = append(halfLives, s.HistoryHalfLifeDays)
	}
	s.Epochs, s.Rank = 0, 1
	var tries []learn.Settings
	for _, halfLife := range halfLives {
		for _, ridge := range []float64{0.3, 1, 3, 10} {
			s.HistoryHalfLifeDays, s.NeighbourRidge = halfLife, ridge
			tries = append(tries, s)
		}
	}
	return tries
}

// wholeCatalogue is the most items of which all are tried as each other's
// neighbours, which is EASE itself; its weights grow with their square.
const wholeCatalogue = 400

// neighbourTries are a narrower and a wider neighbourhood: all of a small
// catalogue, and three times as many neighbours in a large one.
func neighbourTries(s learn.Settings, items int) []learn.Settings {
	wide := 3 * s.Neighbours
	if items <= wholeCatalogue {
		wide = max(1, items-1)
	}
	narrow := max(1, s.Neighbours/3)
	s.Epochs, s.Rank = 0, 1
	var tries []learn.Settings
	for _, neighbours := range []int{narrow, wide} {
		s.Neighbours = min(neighbours, learn.MostNeighbours)
		tries = append(tries, s)
	}
	return tries
}

// factorTries keep the item-to-item weights, which they don't use, small.
// More factors than users or items say nothing.
func factorTries(s learn.Settings, log *interactions.Log) []learn.Settings {
	s.Neighbours = 1
	most := min(len(log.Users), len(log.Items))
	var tries []learn.Settings
	for _, rank := range slices.Compact([]int{min(64, most), min(128, most)}) {
		for _, regularisation := range []float64{0.003, 0.01, 0.03} {
			s.Rank, s.Epochs, s.Factorisation.Regularisation = rank, max(s.Epochs, 8), regularisation
			tries = append(tries, s)
		}
	}
	return tries
}

func blendTries(o Options) []model.BlendWeights {
	pasts := []float64{0, 0.5, 1.5, 4}
	if o.ExcludeSeen {
		pasts = pasts[:1]
	}
	var tries []model.BlendWeights
	for _, past := range pasts {
		for _, weight := range []float64{0.1, 0.3, 1, 3} {
			for _, popularity := range []float64{0, 0.05, 0.2} {
				tries = append(tries, model.BlendWeights{
					Past: past, PastOffset: 0.1, PastExponent: 0.5, ItemItem: 1, Factors: weight, Popularity: popularity,
				})
			}
		}
	}
	return tries
}

// validation is a training table cut in two.
type validation struct {
	name  string
	timed bool
	log   *interactions.Log // nil where too little is left to choose on
	rows  []Row             // held back
}

func (v validation) input() learn.Input {
	return learn.Input{Log: v.log, AsOf: v.log.Last().AddDays(1), Name: "benchmark", Items: func(string) learn.ItemFacts { return learn.ItemFacts{} }}
}

// heldBackShare is the share of the table that decides.
const heldBackShare = 0.1

// leastUsers is the fewest users that anything is chosen on.
const leastUsers = 20

// holdBack cuts off the table's last days, or, where it has no times or too few,
// a tenth of the user's items, chosen by a hash.
func holdBack(rows []Row) validation {
	seconds := make([]int64, len(rows))
	for i, row := range rows {
		seconds[i] = row.Seconds
	}
	slices.Sort(seconds)
	cut := seconds[int(math.Floor(float64(len(seconds))*(1-heldBackShare)))]
	const week = 7 * 24 * 60 * 60
	if cut-seconds[0] >= week {
		if v := split(rows, func(r Row) bool { return r.Seconds >= cut }); v.log != nil {
			v.name, v.timed = "the last tenth by time", true
			return v
		}
	}
	v := split(rows, func(r Row) bool {
		return xxhash.Sum64String(fmt.Sprintf("%q %q", r.User, r.Item))%100 < 100*heldBackShare
	})
	v.name = "a tenth of the rows, by a hash"
	return v
}

func split(rows []Row, back func(Row) bool) validation {
	var v validation
	var kept []Row
	known, returned := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		if !back(row) {
			kept = append(kept, row)
			known[row.User] = true
		}
	}
	for _, row := range rows {
		if back(row) && known[row.User] {
			v.rows = append(v.rows, row)
			returned[row.User] = true
		}
	}
	if len(returned) >= leastUsers {
		if log := interactions.FromRows(triples(kept), 0); len(log.Rows) > 0 {
			v.log = log
		}
	}
	return v
}

// measure returns a model's NDCG@k on what was held back.
func (v validation) measure(ctx context.Context, parameters model.Parameters, options Options) (float64, error) {
	m, err := model.New(parameters)
	if err != nil {
		return 0, err
	}
	scores, err := testScores(ctx, m, v.rows, options)
	if err != nil {
		return 0, err
	}
	return mean(scores.ndcg), nil
}
