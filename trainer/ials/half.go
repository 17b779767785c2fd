package ials

import (
	"context"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// segments is into how many pieces a rank's rows are cut, so that what is solved
// goes out while the rest is being solved.
const segments = 8

// half solves this rank's rows of side, given all of other, while it gathers the
// other ranks' rows. wanted says who gets them; objectives are this rank's, as in
// [System.Solve].
func (p *part) half(ctx context.Context, system *System, observed model.CSR, other, side []float32, objectives []float64, bounds ranks.Bounds, wanted func(int) bool) error {
	width := p.task.Settings.Rank
	begin, end := bounds.Of(p.session.Rank())
	system.Rotate(other)
	system.Rotate(side[begin*width : end*width])
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := ranks.NewGrowing(begin)
	gathered := ranks.StartGather(ctx, p.session, side, bounds, width, ready, wanted)
	step := max(1, (end-begin+segments-1)/segments)
	if p.session.Size() == 1 {
		step = max(1, end-begin)
	}
	var err error
	for row := begin; row < end && err == nil; row += step {
		next := min(row+step, end)
		var values []float64
		if objectives != nil {
			values = objectives[row-begin : next-begin]
		}
		err = system.Solve(ctx, ranks.Part(observed, row-begin, next-begin), other, side[row*width:next*width], values)
		if err == nil {
			ready.Ready(row, next)
		}
	}
	if err != nil {
		cancel()
	}
	if failed := gathered(); err == nil {
		err = failed
	}
	return err
}

// gramian returns the Gramian of factors that every rank has all of, weighed as
// a System wants it; each rank sums its own rows.
func (p *part) gramian(ctx context.Context, factors []float32, bounds ranks.Bounds) ([]float32, error) {
	width, weight := p.task.Settings.Rank, float32(p.task.Objective.UnobservedWeight)
	return ranks.Sum(ctx, p.session, bounds, width*width, func(begin, end int, sum []float32) {
		copy(sum, model.Gramian(factors[begin*width:end*width], width, weight))
	})
}
