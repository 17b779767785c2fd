package ials

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// start finds the item factors of the first epoch: an item is the average of its
// shoppers' random signs, a shopper the average of its items and an item its
// shoppers' sum again, divided by the root of their number. What is left lies along
// the directions that the matrix, scaled by its margins, is strongest in; it is made
// orthogonal, with columns of equal length. Where there are many shoppers, every
// second or fourth of them is asked.
//
// Source: Halko, Martinsson, Tropp, Finding Structure with Randomness, 2011, with
// one power iteration; sparse signs from Martinsson and Tropp, Acta Numerica 29,
// 2020, section 9.2.
func (p *part) start(ctx context.Context) error {
	width := p.task.Settings.Rank
	asked := p.ask()
	draws := p.draw(asked)
	for _, pass := range []struct {
		observed  model.CSR
		side      []float32
		bounds    ranks.Bounds
		newSolver func(first int) solver
	}{
		{p.byItem, p.factors.Items, p.items, func(int) solver {
			return &sketch{asked: asked, draws: draws}
		}},
		{p.byUser, p.factors.Users, p.users, func(first int) solver {
			return &sample{asked: asked, first: first, solver: newAverage(p.factors.Items, width, everyone, 1)}
		}},
		{p.byItem, p.factors.Items, p.items, func(int) solver {
			return newAverage(p.factors.Users, width, asked, 0.5)
		}},
	} {
		if err := p.rows(ctx, pass.observed, pass.side, nil, pass.bounds, ranks.Everyone, pass.newSolver); err != nil {
			return err
		}
	}
	clear(p.factors.Users)
	return p.orthogonalise(ctx)
}

// A some is a power of two: the rows whose number it divides.
type some int

// everyone are all rows.
const everyone some = 1

func (s some) has(row int) bool { return row&int(s-1) == 0 }

const (
	// enough shoppers for each factor are asked, where there are as many.
	enough = 64
	// fewest are every so-manieth: seldom bought items should have some.
	fewest some = 4
)

// ask returns which shoppers are asked.
func (p *part) ask() some {
	asked := everyone
	for asked < fewest && p.users.Rows() >= int(2*asked)*enough*p.task.Settings.Rank {
		asked *= 2
	}
	return asked
}

// signs is how many factors of a shopper begin as −1 or 1, where the others are
// zero.
const signs = 4

// draw returns which these are for each shopper asked, by seed and shopper alone:
// sixteen bits of a sign and of where it is.
func (p *part) draw(asked some) []uint64 {
	draws := make([]uint64, (p.users.Rows()+int(asked)-1)/int(asked))
	for i := range draws {
		draws[i] = rand.NewPCG(p.task.Settings.Seed, uint64(i)*uint64(asked)).Uint64()
	}
	return draws
}

// A sketch is a solver that leaves in an item's row the average of its shoppers'
// signs.
type sketch struct {
	asked some
	draws []uint64 // by shopper asked
}

func (s *sketch) Solve(observed model.CSR, i int, row []float32) (float64, error) {
	columns, weights := observed.Row(i)
	clear(row)
	total := float32(1)
	for i, column := range columns {
		if !s.asked.has(int(column)) {
			continue
		}
		total += weights[i]
		draw := s.draws[int(column)/int(s.asked)]
		weight := math.Float32bits(weights[i])
		for range signs {
			// A branch on a random sign would be mistaken half of the time.
			row[int(draw>>1&0x7fff)*len(row)>>15] += math.Float32frombits(weight ^ uint32(draw&1)<<31)
			draw >>= 16
		}
	}
	for i := range row {
		row[i] /= total
	}
	return 0, nil
}

// A sample is a solver of the rows that are asked; it leaves the others alone.
type sample struct {
	solver
	asked some
	first int // the number of what is row 0 to Solve
}

func (s *sample) Solve(observed model.CSR, i int, row []float32) (float64, error) {
	if !s.asked.has(s.first + i) {
		return 0, nil
	}
	return s.solver.Solve(observed, i, row)
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
	system, err := p.system(gramian)
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
	stretch(p.factors.Items, scales)
	return nil
}

// An average is a solver that leaves in a row the weighted sum of what it was
// observed with and is asked, divided by a power of one more than the weights' sum.
type average struct {
	gatherer
	asked     some
	exponent  float64
	zero, sum []float32
	columns   []int32 // of those asked
	weights   []float32
}

func newAverage(other []float32, rank int, asked some, exponent float64) *average {
	return &average{
		gatherer: gatherer{other: other, form: vec.NewQuadratic(rank), confidence: 1},
		asked:    asked, exponent: exponent, zero: vec.Padded(rank), sum: vec.Padded(rank),
	}
}

func (a *average) Solve(observed model.CSR, i int, row []float32) (float64, error) {
	columns, weights := a.choose(observed.Row(i))
	total := 1.0
	for _, weight := range weights {
		total += float64(weight)
	}
	clear(a.sum)
	a.ahead = columns[min(len(columns), lookahead):]
	a.gather(a.sum, a.zero, columns, weights, 1)
	scale := float32(math.Pow(total, -a.exponent))
	for i := range row {
		row[i] = scale * a.sum[i]
	}
	return 0, nil
}

// choose returns the columns that are asked, and their weights.
func (a *average) choose(columns []int32, weights []float32) ([]int32, []float32) {
	if a.asked == everyone {
		return columns, weights
	}
	a.columns, a.weights = a.columns[:0], a.weights[:0]
	for i, column := range columns {
		if a.asked.has(int(column)) {
			a.columns, a.weights = append(a.columns, column), append(a.weights, weights[i])
		}
	}
	return a.columns, a.weights
}
