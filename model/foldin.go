package model

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// A FoldIn solves for one row of factors given the other side's: the half-step
// of training, and what a request's history goes through. It owns its scratch
// memory and must not be used by two goroutines at once.
type FoldIn struct {
	objective Factorisation
	factors   []float32 // the other side's, [n, rank]
	gramian   []float32 // unobserved_weight · factorsᵀ·factors, lower triangle, [rank, rank]
	rank      int
	system    []float32 // [rank, rank]
}

// Gramian returns weight times factorsᵀ·factors, the lower triangle of a matrix
// [rank, rank], for factors [n, rank].
func Gramian(factors []float32, rank int, weight float32) []float32 {
	sum := make([]float32, rank*rank)
	for row := 0; row+rank <= len(factors); row += rank {
		vec.AddOuter(weight, factors[row:row+rank], sum)
	}
	return sum
}

// NewFoldIn prepares to solve against factors [n, rank] whose Gramian, weighed by
// the objective's unobserved weight, is given. It only reads both.
func NewFoldIn(objective Factorisation, factors, gramian []float32, rank int) *FoldIn {
	return &FoldIn{objective: objective, factors: factors, gramian: gramian, rank: rank, system: make([]float32, rank*rank)}
}

// Solve writes to row [rank] the factors that minimise the objective for a row
// observed on the given columns with the given weights. A row without
// observations gets zeros.
func (f *FoldIn) Solve(columns []int32, weights, row []float32) error {
	clear(row)
	if len(columns) == 0 {
		return nil
	}
	copy(f.system, f.gramian)
	for i, column := range columns {
		other := f.factors[int(column)*f.rank : (int(column)+1)*f.rank]
		weight := float32(f.objective.Confidence) * weights[i]
		vec.AddOuter(weight, other, f.system)
		vec.Axpy(weight, other, row)
	}
	ridge := f.objective.Ridge(len(columns), len(f.factors)/f.rank)
	for i := range f.rank {
		f.system[i*f.rank+i] += ridge
	}
	if !vec.Cholesky(f.system, f.rank) {
		clear(row)
		return fmt.Errorf("fold in %d observations: the system is not positive definite; raise factorisation.regularisation (now %v)",
			len(columns), f.objective.Regularisation)
	}
	vec.Solve(f.system, row)
	return nil
}
