package ials

import (
	"context"
	"fmt"
	"math"

	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// loss is the objective divided by the number of observed entries. What items have
// added to it is all but the shoppers' regularisation.
func (p *part) loss(ctx context.Context) (float64, error) {
	ofUsers, err := p.sum(ctx, p.users, p.norm)
	if err != nil {
		return 0, err
	}
	first, _ := p.items.Of(p.session.Rank())
	ofItems, err := p.sum(ctx, p.items, func(row int) float64 { return p.objectives[row-first] })
	if err != nil {
		return 0, err
	}
	loss := (ofUsers + ofItems) / float64(max(1, p.entries))
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, fmt.Errorf("the loss is %v; raise regularisation or lower confidence", loss)
	}
	return loss, nil
}

// sum adds up a value of each row.
func (p *part) sum(ctx context.Context, bounds ranks.Bounds, of func(row int) float64) (float64, error) {
	total, err := ranks.Sum(ctx, p.session, bounds, 1, nil, func(begin, end int, sum []float64) {
		for row := begin; row < end; row++ {
			sum[0] += of(row)
		}
	})
	if err != nil {
		return 0, err
	}
	return total[0], nil
}

// norm is what a shopper's regularisation adds.
func (p *part) norm(row int) float64 {
	width := p.task.Settings.Rank
	begin, _ := p.users.Of(p.session.Rank())
	values := p.factors.Users[row*width : (row+1)*width]
	count := int(p.byUser.Indptr[row-begin+1] - p.byUser.Indptr[row-begin])
	return float64(p.task.Objective.Ridge(count, p.items.Rows())) * float64(vec.Dot(values, values))
}
