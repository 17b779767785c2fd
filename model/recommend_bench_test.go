package model_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// BenchmarkRecommend answers the shoppers of the model folder that DAYBREAK_MODEL names, one after the other, or those
// of a made-up shop: 3,659 items of 50 neighbours each, 32 factors, and 61 items behind a shopper.
func BenchmarkRecommend(b *testing.B) {
	m := shopToMeasure(b)
	defer func() { require.NoError(b, m.Close()) }()
	users := make([]string, min(2000, m.Users()))
	for n := range users {
		users[n] = m.UserID(n * 7919 % m.Users())
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if _, err := m.Recommend(model.Request{User: users[n%len(users)], K: 10}); err != nil {
			b.Fatal(err)
		}
	}
}

func shopToMeasure(b *testing.B) *model.Model {
	if dir := os.Getenv("DAYBREAK_MODEL"); dir != "" {
		m, err := model.Load(dir)
		require.NoError(b, err)
		return m
	}
	p := modeltest.Parameters(b, 1, modeltest.Size{Users: 500, Items: 3659, Rank: 32})
	random := rand.New(rand.NewPCG(1, 2))
	p.ItemItem, p.Past = rowsOf(random, 3659, 3659, 50), rowsOf(random, 500, 3659, 61)
	m, err := model.New(p)
	require.NoError(b, err)
	return m
}

// rowsOf returns a matrix with as many entries in each row as are wanted.
func rowsOf(random *rand.Rand, rows, columns, wanted int) model.CSR {
	matrix := model.CSR{Indptr: []int64{0}}
	for range rows {
		chosen := random.Perm(columns)[:wanted]
		slices.Sort(chosen)
		for _, column := range chosen {
			matrix.Indices = append(matrix.Indices, int32(column))
			matrix.Weights = append(matrix.Weights, random.Float32())
		}
		matrix.Indptr = append(matrix.Indptr, int64(len(matrix.Indices)))
	}
	return matrix
}
