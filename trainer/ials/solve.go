package ials

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
)

// A System is what the rows of a half-epoch have in common: the objective and
// the other side's Gramian. The steps of a half-epoch are
//
//	system, err := decomposer.system(objective, gramian)
//	system.Rotate(other) // each row once, wherever it lies
//	system.Rotate(side)
//	err = solveRows(ctx, observed, side, rank, nil, system.solver(other))
//
// Rotating makes the Gramian a diagonal: what a row's system has of entries that
// weren't observed then costs rank operations rather than their square, and
// conjugate gradients that are preconditioned with it need few steps.
//
// A System is only read once made; its methods may be called concurrently on
// different rows.
type System struct {
	objective model.Factorisation
	rank      int
	basis     *vec.Basis // nil: as it is
	diagonal  []float32  // of the Gramian in that basis, padded
	gramian   []float32  // lower triangle, of an exact system
}

// NewExactSystem prepares to solve as [model.FoldIn] does, bit for bit: it takes
// rank times as many operations, and leaves the basis as it is.
func NewExactSystem(objective model.Factorisation, gramian []float32, rank int) *System {
	return &System{objective: objective, gramian: gramian, rank: rank}
}

// A decomposer makes systems, one after another, in the same memory, which in a small shop with many factors is
// as much as the factors': a system has its basis until the memory is used again.
type decomposer struct {
	rank        int
	memory      []float32   // the matrix's, then the eigenvectors'
	matrix      [][]float64 // in the first half
	tridiagonal *tridiagonal
	basis       *vec.Basis // where the matrix was, once there is one
}

func newDecomposer(rank int) *decomposer {
	half := max(squareSize(rank), (vec.BasisSize(rank)+1)/2)
	memory := make([]float64, 2*half)
	values := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(memory))), 2*len(memory))
	return &decomposer{
		rank: rank, memory: values,
		matrix: square(rank, memory), tridiagonal: newTridiagonal(rank, memory[half:]), basis: vec.NewBasis(rank, values),
	}
}

// lend yields the memory in parts of an upper triangle each, to sum Gramians in while no
// system is of use.
func (d *decomposer) lend() iter.Seq[[]float32] {
	return func(yield func([]float32) bool) {
		for part := range slices.Chunk(d.memory, vec.UpperSize(d.rank)) {
			if len(part) == vec.UpperSize(d.rank) && !yield(part) {
				return
			}
		}
	}
}

// system prepares to solve against factors whose Gramian, upper triangle, multiplied
// with the objective's unobserved weight, is given. It may lie in the memory lent.
func (d *decomposer) system(objective model.Factorisation, gramian []float32) (*System, error) {
	rank := d.rank
	upper := d.memory[len(d.memory)/2:] // where the matrix isn't
	copy(upper, gramian)
	for j, row := range d.matrix {
		clear(row[rank:])
		for i := range j + 1 {
			row[i] = float64(vec.UpperAt(upper, i, j))
			d.matrix[i][j] = row[i]
		}
	}
	values, vectors, err := d.tridiagonal.eigen(d.matrix)
	if err != nil {
		return nil, fmt.Errorf("turn a Gramian of %d factors into a diagonal: %w; raise regularisation or lower confidence", rank, err)
	}
	diagonal := vec.Padded(rank)
	for i, value := range values {
		diagonal[i] = float32(max(0, value)) // below zero it is rounding
	}
	d.basis.SetTransposed(vectors)
	return &System{objective: objective, rank: rank, basis: d.basis, diagonal: diagonal}, nil
}

// rowsPerTurn is how many rows a core turns at a time.
const rowsPerTurn = 1024

// Rotate turns factors [n, rank], in place, into the basis that the system is
// solved in. Scores don't depend on the basis as long as both sides are in the
// same. What a row is turned into doesn't depend on the other rows.
func (s *System) Rotate(factors []float32) {
	if s.basis == nil {
		return
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(factors, rowsPerTurn*s.rank) {
		group.Go(func() error {
			s.basis.Turn(part)
			return nil
		})
	}
	_ = group.Wait() // turning never fails
}

// entriesPerTask is about how many entries a core solves rows of at a time. A row
// of more than entriesPerBlock is worked on by all cores: its sums are over blocks
// of so many, added up in their order, whoever summed them.
const (
	entriesPerTask  = 4096
	entriesPerBlock = 16384
)

// solveRows overwrites the rows of side [rows, rank] with what solvers make of the
// rows of observed. Where objectives [rows] isn't nil, it gets what each row then
// adds to the objective, as its solver tells. The bits of a row depend on that row
// alone, never on which rows are solved with it, on the number of cores or on
// scheduling.
func solveRows(ctx context.Context, observed model.CSR, side []float32, rank int, objectives []float64, newSolver func() solver) error {
	runs, heavy := split(observed)
	solve := func(solver solver, i int) error {
		objective, err := solver.Solve(observed, i, side[i*rank:(i+1)*rank])
		if objectives != nil {
			objectives[i] = objective
		}
		return err
	}
	var together solver
	for _, i := range heavy {
		if together == nil {
			together = newSolver()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := solve(together, i); err != nil {
			return err
		}
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			solver := newSolver()
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= len(runs) {
					return nil
				}
				for i := runs[n].begin; i < runs[n].end; i++ {
					if err := solve(solver, i); err != nil {
						return err
					}
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// A solver overwrites a row [rank], which is row i of those observed, and may
// return what it adds to the objective.
type solver interface {
	Solve(observed model.CSR, i int, row []float32) (objective float64, err error)
}

// exact is a solver that doesn't tell the objective.
type exact struct{ *model.FoldIn }

func (e exact) Solve(observed model.CSR, i int, row []float32) (float64, error) {
	columns, weights := observed.Row(i)
	return 0, e.FoldIn.Solve(columns, weights, row)
}

// solver returns what makes solvers of rows given other [n, rank], which must have
// been rotated, as must what the rows hold: they start from it, and leave each
// within tolerance of the objective's minimum.
func (s *System) solver(other []float32) func() solver {
	if s.gramian != nil {
		return func() solver { return exact{model.NewFoldIn(s.objective, other, s.gramian, s.rank)} }
	}
	return func() solver { return newDescent(s, other) }
}

// rows are a run of them.
type rows struct{ begin, end, entries int }

// split cuts the rows of observed into runs of about entriesPerTask, those with
// most entries first, so that no core is left alone with them, and names the rows
// that are for all cores.
func split(observed model.CSR) (runs []rows, heavy []int) {
	// A run but the last has entriesPerTask, or ends before a row that has more.
	runs = make([]rows, 0, 2*(len(observed.Indices)+len(observed.Indptr))/entriesPerTask+1)
	run := rows{}
	for i := range len(observed.Indptr) - 1 {
		entries := int(observed.Indptr[i+1] - observed.Indptr[i])
		if entries > entriesPerBlock {
			heavy = append(heavy, i)
			runs = append(runs, run)
			run = rows{begin: i + 1, end: i + 1}
			continue
		}
		run.entries += entries + 1
		run.end = i + 1
		if run.entries >= entriesPerTask {
			runs = append(runs, run)
			run = rows{begin: i + 1, end: i + 1}
		}
	}
	runs = append(runs, run)
	slices.SortStableFunc(runs, func(a, b rows) int { return cmp.Compare(b.entries, a.entries) })
	return runs, heavy
}
