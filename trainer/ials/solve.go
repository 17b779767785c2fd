package ials

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
)

// rowsPerTask is how many rows a worker takes at a time. Rows are skewed: few
// enough that no worker is left alone with the heavy ones.
const rowsPerTask = 16

// A System is what the rows of a half-epoch have in common: the objective and
// the other side's Gramian. The steps of a half-epoch are
//
//	system, err := NewSystem(objective, gramian, rank)
//	system.Rotate(other) // each row once, wherever it lies
//	system.Rotate(side)
//	err = system.Solve(ctx, observed, other, side)
//
// A System is only read once made; its methods may be called concurrently on
// different rows.
type System struct {
	objective model.Factorisation
	gramian   []float32
	rank      int
}

// NewSystem prepares to solve against factors whose Gramian [rank, rank], lower
// triangle, multiplied with the objective's unobserved weight, is given.
func NewSystem(objective model.Factorisation, gramian []float32, rank int) (*System, error) {
	return &System{objective: objective, gramian: gramian, rank: rank}, nil
}

// Rotate turns factors [n, rank], in place, into the basis that the system is
// solved in. Scores don't depend on the basis as long as both sides are in the
// same. What a row is turned into doesn't depend on the other rows.
func (s *System) Rotate(factors []float32) {}

// Solve overwrites the rows of side [rows, rank] with the solutions for the rows
// of observed, whose columns are the rows of other [n, rank]. Both sides must
// have been rotated. It starts from what side holds. The bits of a row depend on
// that row alone, never on which rows are solved with it, on the number of cores
// or on scheduling.
func (s *System) Solve(ctx context.Context, observed model.CSR, other, side []float32) error {
	rows := len(observed.Indptr) - 1
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			fold := model.NewFoldIn(s.objective, other, s.gramian, s.rank)
			for ctx.Err() == nil {
				begin := int(next.Add(rowsPerTask)) - rowsPerTask
				if begin >= rows {
					return nil
				}
				for row := begin; row < min(begin+rowsPerTask, rows); row++ {
					columns, weights := observed.Row(row)
					if err := fold.Solve(columns, weights, side[row*s.rank:(row+1)*s.rank]); err != nil {
						return err
					}
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}
