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
	rank      int
	gramian   *vec.Symmetric
	system    *vec.Symmetric // [rank, rank]
}

// Gramian returns weight times factorsᵀ·factors, the lower triangle of a matrix
// [rank, rank], for factors [n, rank]. The weight must not be negative.
func Gramian(factors []float32, rank int, weight float32) []float32 {
	sum := vec.NewSymmetric(rank)
	sum.AddRows(weight, factors)
	return sum.Lower()
}

// NewFoldIn prepares to solve against factors [n, rank] whose Gramian, weighed by
// the objective's unobserved weight, is given. It only reads both.
func NewFoldIn(objective Factorisation, factors, gramian []float32, rank int) *FoldIn {
	f := &FoldIn{objective: objective, factors: factors, rank: rank, gramian: vec.NewSymmetric(rank), system: vec.NewSymmetric(rank)}
	f.gramian.SetLower(gramian)
	return f
}

// Solve writes to row [rank] the factors that minimise the objective for a row
// observed on the given columns with the given weights, which must not be
// negative. A row without observations gets zeros.
func (f *FoldIn) Solve(columns []int32, weights, row []float32) error {
	clear(row)
	if len(columns) == 0 {
		return nil
	}
	if err := f.factor(columns, weights); err != nil {
		return err
	}
	confidence := float32(f.objective.Confidence)
	for i, column := range columns {
		vec.Axpy(confidence*weights[i], f.factors[int(column)*f.rank:(int(column)+1)*f.rank], row)
	}
	f.system.Solve(row)
	return nil
}

// factor makes the system that of a row observed on the given columns with the given weights, ready to
// solve.
func (f *FoldIn) factor(columns []int32, weights []float32) error {
	f.system.Copy(f.gramian)
	f.system.AddGathered(float32(f.objective.Confidence), f.factors, columns, weights)
	f.system.AddDiagonal(f.objective.Ridge(len(columns), len(f.factors)/f.rank))
	if !f.system.Factor() {
		return fmt.Errorf("fold in %d observations: the system is not positive definite; raise factorisation.regularisation (now %v)",
			len(columns), f.objective.Regularisation)
	}
	return nil
}
