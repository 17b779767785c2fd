package neighbours

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Learn returns the weights [items, items] from inputs [users, items]: row h
// holds what input on item h adds to the scores of others. The diagonal is
// empty; columns ascend within a row. It is the same on any number of cores.
func Learn(ctx context.Context, inputs model.CSR, items int, settings Settings) (model.CSR, error) {
	return Learner{}.Learn(ctx, inputs, items, settings)
}

// Learner says where weights are learned. The zero value is this process alone.
type Learner struct {
	Team *ranks.Team
	// Source is where the ranks have the inputs from, if they have read what these
	// are made of; nil: rank 0 deals them out.
	Source *interactions.Source
}

// Learn is the function Learn, on all ranks of the team: each has all inputs, but
// counts for its share of the items alone, and solves for a share. What was taken
// together stays with who counted it, and they give each other what is asked of it.
// The weights are the same for any number of them.
func (l Learner) Learn(ctx context.Context, inputs model.CSR, items int, settings Settings) (model.CSR, error) {
	var targets model.CSR
	t := task{Settings: settings, Items: items, Source: l.Source}
	err := l.Team.Do(ctx, taskLearn, t, func(ctx context.Context, s *ranks.Session) error {
		var err error
		targets, err = t.run(ctx, s, nil, inputs)
		return err
	})
	if err != nil {
		return model.CSR{}, err
	}
	return interactions.Transpose(targets, items), nil
}

// taskLearn is the task that ranks share.
const taskLearn = "neighbours"

// Tasks are what a rank that assists a Learner can do, with its share of what ranks
// have read; nil where they read nothing.
func Tasks(share *interactions.Share) ranks.Tasks {
	return ranks.Tasks{taskLearn: func(ctx context.Context, s *ranks.Session, settings []byte) error {
		var t task
		if err := json.Unmarshal(settings, &t); err != nil {
			return fmt.Errorf("settings of a task: %w", err)
		}
		_, err := t.run(ctx, s, share, model.CSR{})
		return err
	}}
}

// task is what every rank is told.
type task struct {
	Settings Settings
	Items    int
	Source   *interactions.Source
}

// run returns the weights of each item's neighbours, by item, on rank 0. The
// other ranks' inputs are not looked at.
func (t task) run(ctx context.Context, s *ranks.Session, share *interactions.Share, inputs model.CSR) (model.CSR, error) {
	steps := newSteps(s)
	inputs, err := t.spread(ctx, s, share, inputs)
	if err != nil {
		return model.CSR{}, fmt.Errorf("hand on the inputs: %w", err)
	}
	steps.done("hand on the inputs")
	inputs = capped(inputs)
	norms, mean := squares(inputs, t.Items)
	ridge := float32(t.Settings.Ridge * mean)
	costs := counting(inputs, t.Items)
	counting := ranks.Split(t.Items, s.Size(), func(item int) float64 { return costs[item] })
	begin, end := counting.Of(s.Rank())
	own, err := cooccurrence(ctx, inputs, norms, ridge, t.keep(), begin, end)
	if err != nil {
		return model.CSR{}, err
	}
	steps.done("count")
	if t.whole() {
		return t.ease(ctx, s, own, counting, norms, ridge)
	}
	taken := newTogether(own, begin, t.Items, t.size())
	near, err := t.nearest(ctx, taken, norms, ridge, begin, end)
	if err != nil {
		return model.CSR{}, err
	}
	steps.done("find neighbours")
	nearest, err := s.GatherMatrix(ctx, near, counting, t.Items, ranks.Everyone)
	if err != nil {
		return model.CSR{}, fmt.Errorf("gather neighbours: %w", err)
	}
	steps.done("gather neighbours")
	solving := ranks.Split(t.Items, s.Size(), func(item int) float64 {
		n := float64(nearest.Indptr[item+1] - nearest.Indptr[item])
		return 1 + n*n*n
	})
	solved, err := t.regress(ctx, newPairs(s, nearest, taken, counting, solving), norms, ridge)
	if err != nil {
		return model.CSR{}, err
	}
	steps.done("solve")
	targets, err := t.gather(ctx, s, solved, solving)
	steps.done("gather the weights")
	return targets, err
}

// gather returns all items' weights on rank 0.
func (t task) gather(ctx context.Context, s *ranks.Session, solved model.CSR, solving ranks.Bounds) (model.CSR, error) {
	targets, err := s.GatherMatrix(ctx, solved, solving, t.Items, ranks.Leader)
	if err != nil {
		return model.CSR{}, fmt.Errorf("gather the weights: %w", err)
	}
	return targets, nil
}

// keep is how many co-occurrences each item keeps.
func (t task) keep() int {
	if t.Settings.Entries == 0 {
		return t.Items
	}
	return max(1, t.Settings.Entries/t.Items)
}

// size is how many neighbours an item gets. Where not all co-occurrences are kept
// it is half of an item's at most: a regression takes what isn't kept for never
// taken together, and on neighbours of which it lacks many pairs it is worse than
// on few.
func (t task) size() int {
	if keep := t.keep(); keep < t.Items {
		return min(t.Settings.Size, max(1, keep/2))
	}
	return t.Settings.Size
}

// spread gives every rank all of rank 0's inputs: each gets some rows, and hands
// them on to the others.
func (t task) spread(ctx context.Context, s *ranks.Session, share *interactions.Share, inputs model.CSR) (model.CSR, error) {
	if s.Size() == 1 {
		return inputs, nil
	}
	var bounds ranks.Bounds
	if s.Leads() {
		bounds = ranks.Split(len(inputs.Indptr)-1, s.Size(), func(row int) float64 {
			return float64(inputs.Indptr[row+1] - inputs.Indptr[row])
		})
	}
	err := s.Exchange(ctx, func(_ int, w io.Writer) error {
		if !s.Leads() {
			return nil
		}
		return bounds.Write(w)
	}, func(peer int, r io.Reader) error {
		if peer != 0 {
			return nil
		}
		var err error
		bounds, err = ranks.ReadBounds(r, s.Size())
		return err
	})
	if err != nil {
		return model.CSR{}, err
	}
	own, err := interactions.Deal(ctx, s, t.Source, share, inputs, bounds, t.Items)
	if err != nil {
		return model.CSR{}, err
	}
	all, err := s.GatherMatrix(ctx, own, bounds, t.Items, func(rank int) bool { return rank != 0 })
	if s.Leads() {
		return inputs, err
	}
	return all, err
}

// nearest returns the neighbours of the items from begin up to end, with how much
// each was taken with the item.
func (t task) nearest(ctx context.Context, taken together, norms []float32, ridge float32, begin, end int) (model.CSR, error) {
	rows := make([]sparseRow, end-begin)
	err := eachItem(ctx, begin, end, func() func(int) {
		f := &finder{taken: taken, norms: norms, ridge: ridge, size: t.size()}
		return func(item int) { rows[item-begin] = f.row(item) }
	})
	if err != nil {
		return model.CSR{}, err
	}
	return matrix(rows), nil
}

// regress solves for this rank's items. While it solves for some of them, what the
// next ones need is on its way.
func (t task) regress(ctx context.Context, pairs *pairs, norms []float32, ridge float32) (model.CSR, error) {
	begin, end := pairs.solving.Of(pairs.session.Rank())
	solved := make([]sparseRow, end-begin)
	next := pairs.start(ctx, 0)
	for n := range pairs.slices {
		if err := pairs.await(next); err != nil {
			return model.CSR{}, fmt.Errorf("exchange what neighbours were taken with: %w", err)
		}
		if n+1 < pairs.slices {
			next = pairs.start(ctx, n+1)
		}
		first, last := pairs.items(pairs.session.Rank(), n)
		err := eachItem(ctx, first, last, func() func(int) {
			r := newRegression(pairs, norms, ridge, t.size())
			return func(item int) { solved[item-begin] = r.solve(item) }
		})
		if err != nil {
			return model.CSR{}, err
		}
	}
	return matrix(solved), nil
}
