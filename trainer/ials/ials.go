// Package ials learns user and item factors from implicit feedback by
// alternating least squares: the objective of model.Factorisation, each half of
// an epoch solving one side's rows exactly given the other side's.
//
// Source: Hu, Koren, Volinsky, Collaborative Filtering for Implicit Feedback
// Datasets, 2008; scaled regularisation and initialisation as in Rendle et al.,
// Revisiting the Performance of iALS on Item Recommendation Benchmarks, 2022.
package ials

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

// Settings are what the objective doesn't say.
type Settings struct {
	Rank   int
	Epochs int
	Seed   uint64
	// InitialScale is the standard deviation of the item factors' first values
	// times √rank.
	InitialScale float64
}

// Factors are the two sides, row-major.
type Factors struct {
	Users []float32 // [users, rank]
	Items []float32 // [items, rank]
}

// Epoch describes the state after one epoch.
type Epoch struct {
	Number int     // from 1
	Of     int     // epochs in all
	Loss   float64 // the objective, per observed entry
}

// Learn factors a matrix [users, items] of weights. It is the same for the same
// input on the same processor, on any number of cores. report is called after
// each epoch.
func Learn(ctx context.Context, weights model.CSR, items int, objective model.Factorisation, settings Settings, report func(Epoch)) (Factors, error) {
	users := len(weights.Indptr) - 1
	rank := settings.Rank
	factors := Factors{Users: make([]float32, users*rank), Items: make([]float32, items*rank)}
	source := rand.New(rand.NewPCG(settings.Seed, 0x1a15))
	scale := settings.InitialScale / math.Sqrt(float64(rank))
	for i := range factors.Items {
		factors.Items[i] = float32(scale * source.NormFloat64())
	}
	byItem := interactions.Transpose(weights, items)
	for epoch := range settings.Epochs {
		if err := Half(ctx, weights, objective, factors.Items, factors.Users, rank); err != nil {
			return Factors{}, fmt.Errorf("epoch %d, shoppers: %w", epoch+1, err)
		}
		if err := Half(ctx, byItem, objective, factors.Users, factors.Items, rank); err != nil {
			return Factors{}, fmt.Errorf("epoch %d, items: %w", epoch+1, err)
		}
		loss := Loss(weights, byItem, objective, factors, rank)
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return Factors{}, fmt.Errorf("epoch %d: the loss is %v; raise regularisation or lower confidence", epoch+1, loss)
		}
		report(Epoch{Number: epoch + 1, Of: settings.Epochs, Loss: loss})
	}
	return factors, nil
}

// Half solves every row of one side, given the other side's factors: rows are
// those of observed, its columns the rows of other. It turns both sides into
// another basis, in which they score the same.
func Half(ctx context.Context, observed model.CSR, objective model.Factorisation, other, side []float32, rank int) error {
	system, err := NewSystem(objective, gramian(other, rank, float32(objective.UnobservedWeight)), rank)
	if err != nil {
		return err
	}
	system.Rotate(other)
	system.Rotate(side)
	return system.Solve(ctx, observed, other, side)
}

// gramianBlock is how many rows are summed before the sums are: fixed, so that
// the sum doesn't depend on the number of cores.
const gramianBlock = 4096

func gramian(factors []float32, rank int, weight float32) []float32 {
	blocks := (len(factors)/rank + gramianBlock - 1) / gramianBlock
	sums := make([][]float32, blocks)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for b := range blocks {
		group.Go(func() error {
			begin := b * gramianBlock * rank
			sums[b] = model.Gramian(factors[begin:min(begin+gramianBlock*rank, len(factors))], rank, weight)
			return nil
		})
	}
	_ = group.Wait() // summing never fails
	total := make([]float32, rank*rank)
	for _, sum := range sums {
		vec.Axpy(1, sum, total)
	}
	return total
}

// Loss is the objective divided by the number of observed entries.
func Loss(weights, byItem model.CSR, objective model.Factorisation, factors Factors, rank int) float64 {
	var observed float64
	for u := range len(weights.Indptr) - 1 {
		columns, values := weights.Row(u)
		user := factors.Users[u*rank : (u+1)*rank]
		for i, item := range columns {
			miss := 1 - float64(vec.Dot(user, factors.Items[int(item)*rank:(int(item)+1)*rank]))
			observed += objective.Confidence * float64(values[i]) * miss * miss
		}
	}
	users, items := gramian(factors.Users, rank, 1), gramian(factors.Items, rank, 1)
	var everything float64
	for i := range rank {
		for j := range i {
			everything += 2 * float64(users[i*rank+j]) * float64(items[i*rank+j])
		}
		everything += float64(users[i*rank+i]) * float64(items[i*rank+i])
	}
	norms := norm(weights, objective, factors.Users, len(byItem.Indptr)-1, rank) + norm(byItem, objective, factors.Items, len(weights.Indptr)-1, rank)
	return (observed + objective.UnobservedWeight*everything + norms) / float64(max(1, len(weights.Indices)))
}

func norm(observed model.CSR, objective model.Factorisation, side []float32, other, rank int) float64 {
	var sum float64
	for row := range len(observed.Indptr) - 1 {
		values := side[row*rank : (row+1)*rank]
		count := int(observed.Indptr[row+1] - observed.Indptr[row])
		sum += float64(objective.Ridge(count, other)) * float64(vec.Dot(values, values))
	}
	return sum
}
