package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
)

// A size says how large a simulated model is.
type size struct {
	Name               string
	Users, Items, Rank int
}

const (
	neighbours = 50 // of an item, at most
	bought     = 12 // by a shopper, at most
	categories = 40
)

// simulateModel returns a model of random numbers, the same for the same size: what scoring costs doesn't
// depend on what the numbers mean.
func simulateModel(s size) (model.Parameters, error) {
	random := rand.New(rand.NewPCG(1, uint64(s.Items)))
	p := model.Parameters{
		Config: model.Config{
			FormatVersion: model.FormatVersion, ModelName: "recommender", AsOf: "2011-11-07", TimeZone: "Europe/London",
			Rank: s.Rank, Seed: 1, Window: model.Window{Start: "2011-01-01", End: "2011-11-06"},
			Scoring: model.Scoring{
				HistoryHalfLifeDays: 60, PopularityHalfLifeDays: 30, Saturation: 4,
				EventWeights:  map[string]float64{"view": 0.5, "purchase": 1},
				Factorisation: model.Factorisation{Confidence: 1, UnobservedWeight: 0.1, Regularisation: 0.01, RegularisationExponent: 1},
				Blend:         model.BlendWeights{Past: 1.5, PastOffset: 0.1, PastExponent: 0.5, ItemItem: 1, Factors: 0.6, Popularity: 0.1},
			},
			Counts: model.Counts{Events: s.Users * bought, Users: s.Users, Items: s.Items},
		},
		ItemFactors: noise(random, s.Items*s.Rank, s.Rank),
		UserFactors: noise(random, s.Users*s.Rank, s.Rank),
		ItemItem:    sparse(random, s.Items, s.Items, neighbours),
		Past:        sparse(random, s.Users, s.Items, bought),
		Popularity:  make([]float32, s.Items),
		Lift:        make([]float32, s.Items),
		Items:       make([]model.ItemInfo, s.Items),
		Users:       make([]string, s.Users),
	}
	for i := range p.Items {
		p.Popularity[i], p.Lift[i] = random.Float32(), 0.5+random.Float32()
		p.Items[i] = model.ItemInfo{
			ID: fmt.Sprintf("item-%07d", i), Title: fmt.Sprintf("Item %d", i), Category: fmt.Sprintf("category-%02d", random.IntN(categories)),
			Price: float64(random.IntN(10_000)) / 100, InStock: random.IntN(10) > 0,
		}
	}
	for u := range p.Users {
		p.Users[u] = userID(u)
	}
	return withGolden(p)
}

func userID(u int) string { return fmt.Sprintf("shopper-%07d", u) }

// withGolden adds requests with their answers, which a predictor asks a model for when it starts.
func withGolden(p model.Parameters) (model.Parameters, error) {
	m, err := model.New(p)
	if err != nil {
		return p, err
	}
	for _, request := range []model.Request{
		{User: userID(0), K: 10}, {User: "nobody", K: 10},
		{User: "nobody", K: 10, History: []model.Interaction{{Item: p.Items[0].ID, Type: "purchase"}}},
	} {
		answer, err := m.Recommend(request)
		if err != nil {
			return p, err
		}
		p.Golden = append(p.Golden, model.GoldenCase{Request: request, Answer: answer, Tolerance: 1e-4})
	}
	return p, nil
}

// noise returns n numbers around 0, of which rank make a row of length 1 or so.
func noise(random *rand.Rand, n, rank int) []float32 {
	values := make([]float32, n)
	spread := float32(math.Sqrt(12 / float64(rank)))
	for i := range values {
		values[i] = (random.Float32() - 0.5) * spread
	}
	return values
}

// sparse returns a matrix with up to most entries in a row.
func sparse(random *rand.Rand, rows, columns, most int) model.CSR {
	matrix := model.CSR{Indptr: make([]int64, 1, rows+1)}
	row := make([]int32, 0, most)
	for range rows {
		row = row[:0]
		for range 1 + random.IntN(most) {
			row = append(row, int32(random.IntN(columns)))
		}
		slices.Sort(row)
		row = slices.Compact(row)
		matrix.Indices = append(matrix.Indices, row...)
		for range row {
			matrix.Weights = append(matrix.Weights, random.Float32())
		}
		matrix.Indptr = append(matrix.Indptr, int64(len(matrix.Indices)))
	}
	return matrix
}
