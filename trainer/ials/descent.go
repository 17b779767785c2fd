package ials

import (
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
)

const (
	// tolerance is how far a row's part of the objective may stay above its
	// minimum: less than the square of this, as a share of what it is for a row of
	// zeros. The scores of observed entries then are off by less than this, in the
	// root of the weighted mean square.
	tolerance = 1e-4
	// mostSteps of conjugate gradients are tried before the row is solved by
	// factoring its system.
	mostSteps = 40
)

// A gatherer sums over the observed entries of rows. It owns its memory.
type gatherer struct {
	other      []float32 // [n, rank]
	form       vec.Quadratic
	confidence float32
	blocks     []float32 // the sums of a heavy row's blocks
	ahead      []int32   // rows of other that are wanted soon
}

// lookahead is how many rows before they are summed others are fetched.
const lookahead = 8

// nearby is how many bytes of rows are fetched ahead at most: they share a core's
// second cache with the rows that are worked on.
const nearby = 1 << 19

// fetch has the next sums bring the rows of other that are named nearer.
func (g *gatherer) fetch(names []int32, rank int) {
	g.ahead = names[:min(len(names), nearby/(4*rank))]
}

// A descent solves rows by conjugate gradients, preconditioned with the part of
// the system that all rows share. It owns its memory.
type descent struct {
	gatherer
	system *System
	exact  *model.FoldIn // made when first needed

	// All padded: the row's diagonal without its observed entries, and 1 ÷ that;
	// solution, residual, the preconditioned residual, direction, and minus the
	// system times the direction.
	diagonal, inverse, x, r, z, d, q []float32
}

func newDescent(s *System, other []float32) *descent {
	d := &descent{
		gatherer: gatherer{other: other, form: vec.NewQuadratic(s.rank), confidence: float32(s.objective.Confidence)},
		system:   s,
	}
	for _, v := range []*[]float32{&d.diagonal, &d.inverse, &d.x, &d.r, &d.z, &d.d, &d.q} {
		*v = vec.Padded(s.rank)
	}
	return d
}

// Solve improves row [rank], observed on columns with weights, until it is within
// tolerance, and returns what it then adds to the objective. A row without
// observations becomes zero.
func (d *descent) Solve(observed model.CSR, i int, row []float32) (objective float64, err error) {
	columns, weights := observed.Row(i)
	if len(columns) == 0 {
		clear(row)
		return 0, nil
	}
	ridge := d.system.objective.Ridge(len(columns), len(d.other)/d.system.rank)
	for i, shared := range d.system.diagonal {
		d.diagonal[i] = shared + ridge
		d.inverse[i] = 1 / d.diagonal[i]
	}
	var total float64
	for _, weight := range weights {
		total += float64(weight)
	}
	enough := float32(tolerance * tolerance * d.system.objective.Confidence * total)
	copy(d.x, row)
	d.form.NegativeProduct(d.r, d.diagonal, d.x)
	objective = -float64(d.form.Dot(d.r, d.x))
	objective += d.gather(d.r, d.x, columns, weights, 1)
	left := d.form.Advance(d.x, d.r, d.z, d.x, d.x, d.inverse, 0)
	copy(d.d, d.z)
	if i+2 < len(observed.Indptr) { // the steps take what they work on from the caches; meanwhile memory is idle
		next, _ := observed.Row(i + 1)
		d.fetch(next, d.system.rank)
	}
	for step := 0; !(left <= enough); step++ {
		if step == mostSteps {
			return d.factor(columns, weights, row)
		}
		d.form.NegativeProduct(d.q, d.diagonal, d.d)
		d.gather(d.q, d.d, columns, weights, 0)
		curvature := -d.form.Dot(d.d, d.q)
		if !(curvature > 0) {
			return d.factor(columns, weights, row)
		}
		before := left
		objective -= float64(left) * float64(left/curvature) // the step goes to the minimum along d
		left = d.form.Advance(d.x, d.r, d.z, d.d, d.q, d.inverse, left/curvature)
		d.form.Direction(d.d, d.z, left/before)
	}
	copy(row, d.x)
	return objective, nil
}

// gather adds Σ confidence·weight·(bias − ⟨factors,x⟩)·factors over the observed
// columns to out, and returns Σ confidence·weight·(bias − ⟨factors,x⟩)².
func (g *gatherer) gather(out, x []float32, columns []int32, weights []float32, bias float32) (misses float64) {
	if len(columns) <= entriesPerBlock {
		var sum float32
		sum, g.ahead = g.form.Gather(out, x, g.other, columns, weights, g.ahead, g.confidence, bias)
		return float64(sum)
	}
	width, count := len(out), (len(columns)+entriesPerBlock-1)/entriesPerBlock
	g.blocks = append(g.blocks[:0], make([]float32, count*width)...)
	each := make([]float32, count)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for b := range count {
		group.Go(func() error {
			begin, end := b*entriesPerBlock, min((b+1)*entriesPerBlock, len(columns))
			each[b], _ = g.form.Gather(g.blocks[b*width:(b+1)*width], x, g.other, columns[begin:end], weights[begin:end], columns[min(end, begin+lookahead):end], g.confidence, bias)
			return nil
		})
	}
	_ = group.Wait() // gathering never fails
	for b := range count {
		vec.Axpy(1, g.blocks[b*width:(b+1)*width], out)
		misses += float64(each[b])
	}
	return misses
}

// factor solves a row that is too ill-conditioned for conjugate gradients, and
// returns what it then adds to the objective.
func (d *descent) factor(columns []int32, weights, row []float32) (objective float64, err error) {
	if d.exact == nil {
		rank := d.system.rank
		gramian := make([]float32, rank*rank)
		for i := range rank {
			gramian[i*rank+i] = d.system.diagonal[i]
		}
		d.exact = model.NewFoldIn(d.system.objective, d.other, gramian, rank)
	}
	if err := d.exact.Solve(columns, weights, row); err != nil {
		return 0, fmt.Errorf("solve a row: %w", err)
	}
	copy(d.x, row)
	d.form.NegativeProduct(d.q, d.diagonal, d.x)
	objective = -float64(d.form.Dot(d.q, d.x))
	return objective + d.gather(d.q, d.x, columns, weights, 1), nil
}
