package ials

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// start finds the item factors of the first epoch: each shopper gets random signs,
// an item the average of its shoppers', a shopper the average of its items' and an
// item its shoppers' sum again, divided by the root of their number. What is left
// lies along the directions that the matrix, scaled by its margins, is strongest
// in; it is made orthogonal, with columns of equal length.
//
// Source: Halko, Martinsson, Tropp, Finding Structure with Randomness, 2011, with
// one power iteration.
func (p *part) start(ctx context.Context) error {
	width := p.task.Settings.Rank
	p.signs()
	for _, pass := range []struct {
		observed    model.CSR
		other, side []float32
		bounds      ranks.Bounds
		exponent    float64
	}{
		{p.byItem, p.factors.Users, p.factors.Items, p.items, 1},
		{p.byUser, p.factors.Items, p.factors.Users, p.users, 1},
		{p.byItem, p.factors.Users, p.factors.Items, p.items, 0.5},
	} {
		err := p.rows(ctx, pass.observed, pass.side, nil, pass.bounds, ranks.Everyone, func() solver {
			return newAverage(pass.other, width, pass.exponent)
		})
		if err != nil {
			return err
		}
	}
	clear(p.factors.Users)
	return p.orthogonalise(ctx)
}

// signs makes the shoppers' factors −1 or 1, by seed and row alone.
func (p *part) signs() {
	width := p.task.Settings.Rank
	users := len(p.factors.Users) / width
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for begin := 0; begin < users; begin += rowsPerTurn {
		group.Go(func() error {
			for user := begin; user < min(begin+rowsPerTurn, users); user++ {
				source := rand.NewPCG(p.task.Settings.Seed, uint64(user))
				row := p.factors.Users[user*width : (user+1)*width]
				var bits uint64
				for i := range row {
					if i%64 == 0 {
						bits = source.Uint64()
					}
					row[i] = 1 - 2*float32(bits&1)
					bits >>= 1
				}
			}
			return nil
		})
	}
	_ = group.Wait() // drawing never fails
}

// weakest is the share of the strongest direction's length below which one is not
// stretched to the others': it is mostly rounding.
const weakest = 1e-3

// orthogonalise gives the items an orthogonal basis of what they span, of the
// settings' scale. What a Gramian of theirs is, nobody needs to compute then.
func (p *part) orthogonalise(ctx context.Context) error {
	width := p.task.Settings.Rank
	gramian, err := p.weighedGramian(ctx, p.factors.Items, p.items, 1)
	if err != nil {
		return err
	}
	system, err := NewSystem(p.task.Objective, gramian, width)
	if err != nil {
		return err
	}
	system.Rotate(p.factors.Items)
	var strongest float32
	for _, squared := range system.diagonal {
		strongest = max(strongest, squared)
	}
	unobserved := float32(p.task.Objective.UnobservedWeight)
	p.first = &System{objective: p.task.Objective, rank: width, diagonal: vec.Padded(width)}
	length := p.task.Settings.InitialScale * math.Sqrt(float64(p.items.Rows())/float64(width))
	scales := make([]float32, width)
	for i := range scales {
		if strongest > 0 {
			scales[i] = float32(length / math.Sqrt(float64(max(system.diagonal[i], weakest*weakest*strongest))))
		}
		p.first.diagonal[i] = unobserved * scales[i] * scales[i] * system.diagonal[i]
	}
	for begin := 0; begin < len(p.factors.Items); begin += width {
		row := p.factors.Items[begin : begin+width]
		for i, scale := range scales {
			row[i] *= scale
		}
	}
	return nil
}

// An average is a solver that leaves in a row the weighted sum of what it was
// observed with, divided by a power of one more than the weights' sum.
type average struct {
	gatherer
	exponent  float64
	zero, sum []float32
}

func newAverage(other []float32, rank int, exponent float64) *average {
	return &average{
		gatherer: gatherer{other: other, form: vec.NewQuadratic(rank), confidence: 1},
		exponent: exponent, zero: vec.Padded(rank), sum: vec.Padded(rank),
	}
}

func (a *average) Solve(columns []int32, weights, row []float32) (float64, error) {
	total := 1.0
	for _, weight := range weights {
		total += float64(weight)
	}
	clear(a.sum)
	a.gather(a.sum, a.zero, columns, weights, 1)
	scale := float32(math.Pow(total, -a.exponent))
	for i := range row {
		row[i] = scale * a.sum[i]
	}
	return 0, nil
}
