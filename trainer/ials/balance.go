package ials

import (
	"context"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// faintest is the share of all factors' regularisation below which one's counts as
// that much: it is mostly rounding.
const faintest = 1e-6

// balance multiplies each factor of the shoppers, and divides that of the items, so
// that both add as much to the objective. No score changes, and the objective only
// becomes less: what a start's scale was no longer matters to the items solved next.
func (p *part) balance(ctx context.Context) error {
	ofUsers, err := p.norms(ctx, p.users, p.factors.Users, p.byUser.Indptr, p.items.Rows())
	if err != nil {
		return err
	}
	ofItems, err := p.norms(ctx, p.items, p.factors.Items, p.byItem.Indptr, p.users.Rows())
	if err != nil {
		return err
	}
	scales, inverses := make([]float32, len(ofUsers)), make([]float32, len(ofUsers))
	for i := range scales {
		scale := 1.0
		if ofUsers[i] > 0 && ofItems[i] > 0 {
			scale = math.Pow(ofItems[i]/ofUsers[i], 0.25)
		}
		scales[i], inverses[i] = float32(scale), float32(1/scale)
	}
	stretch(p.factors.Users, scales)
	stretch(p.factors.Items, inverses)
	return nil
}

// norms is what each factor of one side adds to the objective by regularisation,
// where indptr counts the entries of this rank's rows among opposite rows.
func (p *part) norms(ctx context.Context, bounds ranks.Bounds, factors []float32, indptr []int64, opposite int) ([]float64, error) {
	width := p.task.Settings.Rank
	first, _ := bounds.Of(p.session.Rank())
	norms, err := ranks.Sum(ctx, p.session, bounds, width, nil, func(begin, end int, sum []float64) {
		for row := begin; row < end; row++ {
			ridge := float64(p.task.Objective.Ridge(int(indptr[row-first+1]-indptr[row-first]), opposite))
			for i, value := range factors[row*width : (row+1)*width] {
				sum[i] += ridge * float64(value) * float64(value)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var total float64
	for _, norm := range norms {
		total += norm
	}
	for i := range norms {
		norms[i] = max(norms[i], faintest*total)
	}
	return norms, nil
}

// stretch multiplies each row of factors with scales.
func stretch(factors, scales []float32) {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(factors, rowsPerTurn*len(scales)) {
		group.Go(func() error {
			for row := range slices.Chunk(part, len(scales)) {
				for i, scale := range scales {
					row[i] *= scale
				}
			}
			return nil
		})
	}
	_ = group.Wait() // multiplying never fails
}
