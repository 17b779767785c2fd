// Package modeltest makes small models for tests: random in their numbers, whole in their form.
package modeltest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
)

// Size says how large a model is to be.
type Size struct{ Users, Items, Rank int }

// Small is a size that takes no time.
var Small = Size{Users: 30, Items: 50, Rank: 8}

// Parameters returns the same parameters for the same seed and size. Items are named item-00000 and
// so on, shoppers shopper-00000; every fourth item is out of stock, and the categories are garden,
// kitchen and lighting in turn. Golden requests are among them.
func Parameters(t testing.TB, seed uint64, size Size) model.Parameters {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	p := model.Parameters{
		Config:      config(seed, size),
		ItemFactors: normal(random, size.Items*size.Rank, 1/math.Sqrt(float64(size.Rank))),
		UserFactors: normal(random, size.Users*size.Rank, 1/math.Sqrt(float64(size.Rank))),
		ItemItem:    rows(random, size.Items, size.Items, 5),
		Past:        rows(random, size.Users, size.Items, 3),
		Training: model.Record{
			Params:  map[string]string{"rank": fmt.Sprint(size.Rank)},
			Metrics: []model.Metric{{Key: "ndcg_at_20", Value: random.Float64(), Timestamp: 1320624000000}},
			Tags:    map[string]string{"daybreak.as_of": "2011-11-07"},
		},
	}
	categories := []string{"garden", "kitchen", "lighting"}
	for i := range size.Items {
		p.Items = append(p.Items, model.ItemInfo{
			ID:       ItemID(i),
			Title:    fmt.Sprintf("Item %d", i),
			Category: categories[i%len(categories)],
			Price:    float64(1+random.IntN(2000)) / 100,
			InStock:  i%4 != 3,
		})
		p.Popularity = append(p.Popularity, random.Float32())
		p.Lift = append(p.Lift, 0.5+random.Float32())
	}
	for u := range size.Users {
		p.Users = append(p.Users, UserID(u))
	}
	p.Golden = golden(t, p)
	return p
}

// ItemID returns the id of the item of row i.
func ItemID(i int) string { return fmt.Sprintf("item-%05d", i) }

// UserID returns the id of the shopper of row u.
func UserID(u int) string { return fmt.Sprintf("shopper-%05d", u) }

func config(seed uint64, size Size) model.Config {
	return model.Config{
		FormatVersion:   model.FormatVersion,
		ModelName:       "recommender",
		AsOf:            "2011-11-07",
		TimeZone:        "Europe/London",
		Rank:            size.Rank,
		Seed:            seed,
		Window:          model.Window{Start: "2011-01-01", End: "2011-11-06"},
		Hyperparameters: map[string]float64{"iterations": 8},
		Scoring: model.Scoring{
			HistoryHalfLifeDays:    60,
			PopularityHalfLifeDays: 30,
			EventWeights:           map[string]float64{"view": 0.1, "cart": 0.5, "purchase": 1},
			Saturation:             1,
			Factorisation:          model.Factorisation{Confidence: 1, UnobservedWeight: 0.1, Regularisation: 0.01, RegularisationExponent: 1},
			Blend:                  model.BlendWeights{Past: 1, PastOffset: 0.1, PastExponent: 0.5, ItemItem: 0.5, Factors: 1, Popularity: 0.2},
		},
		Data:   model.Data{Digest: fmt.Sprintf("%064x", seed)},
		Counts: model.Counts{Events: size.Users * 3, Users: size.Users, Items: size.Items},
	}
}

func normal(random *rand.Rand, n int, deviation float64) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(random.NormFloat64() * deviation)
	}
	return values
}

// rows returns a matrix with up to most entries in a row.
func rows(random *rand.Rand, n, columns, most int) model.CSR {
	matrix := model.CSR{Indptr: []int64{0}}
	for range n {
		chosen := random.Perm(columns)[:min(columns, 1+random.IntN(most))]
		slices.Sort(chosen)
		for _, column := range chosen {
			matrix.Indices = append(matrix.Indices, int32(column))
			matrix.Weights = append(matrix.Weights, random.Float32()+0.1)
		}
		matrix.Indptr = append(matrix.Indptr, int64(len(matrix.Indices)))
	}
	return matrix
}

func golden(t testing.TB, p model.Parameters) []model.GoldenCase {
	t.Helper()
	m, err := model.New(p)
	require.NoError(t, err)
	day := time.Date(2011, 11, 7, 10, 0, 0, 0, time.UTC)
	history := []model.Interaction{{Item: ItemID(0), Type: "purchase", Time: day}, {Item: ItemID(1), Time: day.Add(time.Hour)}}
	var cases []model.GoldenCase
	for _, request := range []model.Request{
		{User: UserID(0), K: 10},
		{User: UserID(1), K: 5, History: history, ExcludeSeen: true, Explain: true},
		{User: "nobody", K: 20},
		{User: "nobody", K: 5, History: history, InStock: true, Categories: []string{"garden"}},
		{SimilarTo: ItemID(2), K: 5},
	} {
		answer, err := m.Recommend(request)
		require.NoError(t, err)
		cases = append(cases, model.GoldenCase{Request: request, Answer: answer, Tolerance: 1e-5})
	}
	return cases
}
