package neighbours

import (
	"context"
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// whole says whether every item has all others as its neighbours.
func (t task) whole() bool { return t.size() >= t.Items-1 && t.keep() >= t.Items }

// ease returns the weights of each item's neighbours where these are all others, on
// rank 0, of this rank's rows of what was taken together. All items' systems then are
// one but for a row and a column, so that one decomposition solves them: of the
// inverse P of inputsᵀ·inputs with the ridge on its diagonal, item j's weights are
// −P[i, j] ÷ P[j, j]. Every rank has the system, and solves for some of the items.
func (t task) ease(ctx context.Context, s *ranks.Session, own model.CSR, counting ranks.Bounds, norms []float32, ridge float32) (model.CSR, error) {
	counted, err := s.GatherMatrix(ctx, own, counting, t.Items, ranks.Everyone)
	if err != nil {
		return model.CSR{}, fmt.Errorf("gather what was taken together: %w", err)
	}
	system := vec.NewSymmetric(t.Items)
	row := make([]float32, t.Items)
	for item := range t.Items {
		clear(row)
		columns, values := counted.Row(item)
		for i, column := range columns {
			row[column] = values[i]
		}
		row[item] = norms[item] + ridge
		system.SetRow(item, row[:item+1])
	}
	if !system.Factor() {
		return model.CSR{}, fmt.Errorf("the system of %d items, each a neighbour of all others, is not positive definite in float32; raise neighbour_ridge, or lower neighbours", t.Items)
	}
	solving := ranks.Split(t.Items, s.Size(), func(int) float64 { return 1 })
	begin, end := solving.Of(s.Rank())
	solved := make([]sparseRow, end-begin)
	err = eachItem(ctx, begin, end, func() func(int) {
		system, inverse := system.Beside(), make([]float32, t.Items)
		return func(item int) {
			clear(inverse)
			inverse[item] = 1
			system.Solve(inverse)
			solved[item-begin] = weights(inverse, item)
		}
	})
	if err != nil {
		return model.CSR{}, err
	}
	return t.gather(ctx, s, matrix(solved), solving)
}

// weights returns an item's, of its column of the inverse.
func weights(inverse []float32, item int) sparseRow {
	var row sparseRow
	for i, value := range inverse {
		if i != item && value != 0 {
			row.columns, row.values = append(row.columns, int32(i)), append(row.values, -value/inverse[item])
		}
	}
	return row
}
