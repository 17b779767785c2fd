package ials

import (
	"context"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// segments is into how many pieces a rank's rows are cut, so that what is solved
// goes out while the rest is being solved.
const segments = 8

// half solves this rank's rows of side, given all of other, while it gathers the
// other ranks' rows. wanted says who gets them; objectives are this rank's, as in
// solveRows.
func (p *part) half(ctx context.Context, system *System, observed model.CSR, other, side []float32, objectives []float64, bounds ranks.Bounds, wanted func(int) bool) error {
	width := p.task.Settings.Rank
	begin, end := bounds.Of(p.session.Rank())
	system.Rotate(other)
	system.Rotate(side[begin*width : end*width])
	newSolver := system.solver(other)
	return p.rows(ctx, observed, side, objectives, bounds, wanted, func(int) solver { return newSolver() })
}

// rows has solvers work on this rank's rows of side while it gathers the other
// ranks'. A solver is told which row of side is the first that it is given.
func (p *part) rows(ctx context.Context, observed model.CSR, side []float32, objectives []float64, bounds ranks.Bounds, wanted func(int) bool, newSolver func(first int) solver) error {
	width := p.task.Settings.Rank
	begin, end := bounds.Of(p.session.Rank())
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
		err = solveRows(ctx, ranks.Part(observed, row-begin, next-begin), side[row*width:next*width], width, values, func() solver { return newSolver(row) })
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

// gramian returns the upper triangle of the Gramian of factors that every rank has
// all of, weighed as a System wants it; each rank sums its own rows. What is known of
// the last System is of no more use then.
func (p *part) gramian(ctx context.Context, factors []float32, bounds ranks.Bounds) ([]float32, error) {
	return p.weighedGramian(ctx, factors, bounds, float32(p.task.Objective.UnobservedWeight))
}

func (p *part) weighedGramian(ctx context.Context, factors []float32, bounds ranks.Bounds, weight float32) ([]float32, error) {
	width := p.task.Settings.Rank
	return ranks.Sum(ctx, p.session, bounds, vec.UpperSize(width), &p.sums, func(begin, end int, sum []float32) {
		gramian := p.adder()
		gramian.AddRows(sum, weight, factors[begin*width:end*width])
		p.leave(gramian)
	})
}

// adder returns one to sum a Gramian with.
func (p *part) adder() *vec.Gramian {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if last := len(p.gramians) - 1; last >= 0 {
		gramian := p.gramians[last]
		p.gramians = p.gramians[:last]
		return gramian
	}
	return vec.NewGramian(p.task.Settings.Rank)
}

// leave has an adder be used again.
func (p *part) leave(gramian *vec.Gramian) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.gramians = append(p.gramians, gramian)
}
