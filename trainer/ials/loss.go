package ials

import (
	"context"
	"fmt"
	"math"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// loss is the objective divided by the number of observed entries. The items'
// Gramian that it takes is kept for the next epoch.
func (p *part) loss(ctx context.Context) (float64, error) {
	var err error
	if p.itemGramian, err = p.gramian(ctx, p.factors.Items, p.items); err != nil {
		return 0, err
	}
	users, err := p.gramian(ctx, p.factors.Users, p.users)
	if err != nil {
		return 0, err
	}
	ofUsers, err := p.sum(ctx, p.users, func(row int) float64 {
		return p.misses(row) + p.norm(p.byUser, p.factors.Users, p.users, p.items.Rows(), row)
	})
	if err != nil {
		return 0, err
	}
	ofItems, err := p.sum(ctx, p.items, func(row int) float64 {
		return p.norm(p.byItem, p.factors.Items, p.items, p.users.Rows(), row)
	})
	if err != nil {
		return 0, err
	}
	width := p.task.Settings.Rank
	var everything float64
	for i := range width {
		for j := range i {
			everything += 2 * float64(users[i*width+j]) * float64(p.itemGramian[i*width+j])
		}
		everything += float64(users[i*width+i]) * float64(p.itemGramian[i*width+i])
	}
	everything /= p.task.Objective.UnobservedWeight // which is in both Gramians, and belongs in once
	loss := (ofUsers + ofItems + everything) / float64(max(1, p.entries))
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return 0, fmt.Errorf("the loss is %v; raise regularisation or lower confidence", loss)
	}
	return loss, nil
}

// sum adds up a value of each row.
func (p *part) sum(ctx context.Context, bounds ranks.Bounds, of func(row int) float64) (float64, error) {
	total, err := ranks.Sum(ctx, p.session, bounds, 1, func(begin, end int, sum []float64) {
		for row := begin; row < end; row++ {
			sum[0] += of(row)
		}
	})
	if err != nil {
		return 0, err
	}
	return total[0], nil
}

// misses is what a user's observed entries add to the objective.
func (p *part) misses(row int) float64 {
	width := p.task.Settings.Rank
	begin, _ := p.users.Of(p.session.Rank())
	user := p.factors.Users[row*width : (row+1)*width]
	columns, weights := p.byUser.Row(row - begin)
	var sum float64
	for i, item := range columns {
		miss := 1 - float64(vec.Dot(user, p.factors.Items[int(item)*width:(int(item)+1)*width]))
		sum += p.task.Objective.Confidence * float64(weights[i]) * miss * miss
	}
	return sum
}

// norm is what the regularisation of a row adds; others is the number of rows of
// the other side.
func (p *part) norm(observed model.CSR, side []float32, bounds ranks.Bounds, others, row int) float64 {
	width := p.task.Settings.Rank
	begin, _ := bounds.Of(p.session.Rank())
	values := side[row*width : (row+1)*width]
	count := int(observed.Indptr[row-begin+1] - observed.Indptr[row-begin])
	return float64(p.task.Objective.Ridge(count, others)) * float64(vec.Dot(values, values))
}
