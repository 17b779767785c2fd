package neighbours

import (
	"context"
	"io"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// pairsAtOnce is how many counts a rank is given at a time, about.
const pairsAtOnce = 1 << 20

// pairs are how much an item's neighbours were taken with each other. Each rank has
// the rows of some items, and gives every other what that needs of them: nobody has
// all. Who has a row is who counted it.
type pairs struct {
	session  *ranks.Session
	nearest  model.CSR    // [items, items], of every item its neighbours
	taken    together     // this rank's rows
	counting ranks.Bounds // whose rows are whose
	solving  ranks.Bounds // who solves for which items
	slices   int          // into which each rank's items are cut, one of which it is given at a time
	now      slice
}

// A slice is what a rank is given for some of its items.
type slice struct {
	first  int         // item
	starts [][]int     // [items][ranks], where what a rank gives for an item begins
	given  [][]float32 // by rank
	wait   func() error
}

func newPairs(s *ranks.Session, nearest model.CSR, taken together, counting, solving ranks.Bounds) *pairs {
	p := &pairs{session: s, nearest: nearest, taken: taken, counting: counting, solving: solving, slices: 1}
	if s.Size() == 1 {
		return p
	}
	for rank := range s.Size() {
		begin, end := solving.Of(rank)
		count := 0
		for item := begin; item < end; item++ {
			n := int(nearest.Indptr[item+1] - nearest.Indptr[item])
			count += n * (n - 1) / 2
		}
		p.slices = max(p.slices, (count+pairsAtOnce-1)/pairsAtOnce)
	}
	return p
}

// items returns those of a rank's slice.
func (p *pairs) items(rank, n int) (begin, end int) {
	begin, end = p.solving.Of(rank)
	return begin + n*(end-begin)/p.slices, begin + (n+1)*(end-begin)/p.slices
}

// start begins to give every rank what it needs for its slice, and to be given what
// this one needs.
func (p *pairs) start(ctx context.Context, n int) slice {
	begin, end := p.items(p.session.Rank(), n)
	s := slice{first: begin}
	if p.session.Size() > 1 {
		s.starts, s.given = p.room(begin, end)
	}
	s.wait = p.session.Start(ctx, func(peer int, w io.Writer) error {
		begin, end := p.items(peer, n)
		return p.give(w, begin, end)
	}, func(peer int, r io.Reader) error {
		return ranks.ReadValues(r, "how much neighbours were taken with each other", s.given[peer])
	})
	return s
}

// await waits for a slice, which with looks at from then on.
func (p *pairs) await(s slice) error {
	p.now = s
	return s.wait()
}

// room returns where what ranks give for the items from begin up to end begins, and
// memory for it.
func (p *pairs) room(begin, end int) (starts [][]int, given [][]float32) {
	sizes := make([]int, p.session.Size())
	for item := begin; item < end; item++ {
		starts = append(starts, append([]int(nil), sizes...))
		columns, _ := p.nearest.Row(item)
		for i, neighbour := range columns {
			if owner := p.counting.Owner(int(neighbour)); owner != p.session.Rank() {
				sizes[owner] += i
			}
		}
	}
	given = make([][]float32, len(sizes))
	for rank, size := range sizes {
		given[rank] = make([]float32, size)
	}
	return starts, given
}

// give writes what this rank's rows say of the items from begin up to end.
func (p *pairs) give(w io.Writer, begin, end int) error {
	first, last := p.counting.Of(p.session.Rank())
	var values []float32
	for item := begin; item < end; item++ {
		columns, _ := p.nearest.Row(item)
		values = append(values[:0], make([]float32, len(columns))...)
		for i, neighbour := range columns {
			if int(neighbour) < first || int(neighbour) >= last {
				continue
			}
			p.taken.with(neighbour, columns[:i], values)
			if err := ranks.WriteValues(w, values[:i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin sets at to where what ranks gave for an item of the slice begins.
func (p *pairs) begin(item int, at []int) {
	if p.now.starts != nil {
		copy(at, p.now.starts[item-p.now.first])
	}
}

// with writes to values how much a neighbour of an item was taken with those before
// it. It is asked for one after another, from begin on.
func (p *pairs) with(before []int32, neighbour int32, values []float32, at []int) {
	owner := p.counting.Owner(int(neighbour))
	if owner == p.session.Rank() {
		p.taken.with(neighbour, before, values)
		return
	}
	copy(values, p.now.given[owner][at[owner]:at[owner]+len(before)])
	at[owner] += len(before)
}
