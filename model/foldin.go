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
	rows := len(factors) / rank
	row := func(i int) []float32 { return factors[i*rank : (i+1)*rank] }
	i := 0
	for ; i+4 <= rows; i += 4 {
		vec.AddOuters([4]float32{weight, weight, weight, weight}, row(i), row(i+1), row(i+2), row(i+3), sum)
	}
	for ; i < rows; i++ {
		vec.AddOuter(weight, row(i), sum)
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
	confidence := float32(f.objective.Confidence)
	i := 0
	for ; i+4 <= len(columns); i += 4 {
		var scaled [4]float32
		for j := range scaled {
			scaled[j] = confidence * weights[i+j]
			vec.Axpy(scaled[j], f.other(columns[i+j]), row)
		}
		vec.AddOuters(scaled, f.other(columns[i]), f.other(columns[i+1]), f.other(columns[i+2]), f.other(columns[i+3]), f.system)
	}
	for ; i < len(columns); i++ {
		vec.AddOuter(confidence*weights[i], f.other(columns[i]), f.system)
		vec.Axpy(confidence*weights[i], f.other(columns[i]), row)
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

// other returns the other side's factors of a column.
func (f *FoldIn) other(column int32) []float32 {
	return f.factors[int(column)*f.rank : (int(column)+1)*f.rank]
}
