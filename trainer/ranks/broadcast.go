package ranks

import (
	"context"
	"io"
	"sync"
)

// Broadcast fills values [n, width] on every rank with rank 0's: each rank gets
// its rows from rank 0 and hands them on to the others, so that no link carries
// them more than twice.
func Broadcast[T Number](ctx context.Context, s *Session, values []T, bounds Bounds, width int) error {
	of := func(rank int) []T {
		begin, end := bounds.Of(rank)
		return values[begin*width : end*width]
	}
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
		if !s.Leads() {
			return nil
		}
		return WriteValues(w, of(peer))
	}, func(peer int, r io.Reader) error {
		if peer != 0 {
			return nil
		}
		return ReadValues(r, "rows", of(s.rank))
	})
	if err != nil {
		return err
	}
	return s.Exchange(ctx, func(peer int, w io.Writer) error {
		if peer == 0 {
			return nil
		}
		return WriteValues(w, of(s.rank))
	}, func(peer int, r io.Reader) error {
		if s.Leads() {
			return nil
		}
		return ReadValues(r, "rows", of(peer))
	})
}

// Growing is rows that become ready in any order and go out in theirs.
type Growing struct {
	mu    sync.Mutex
	ready map[int]int // where ranges that are ready begin and end, beyond the front
	front int         // all rows before it are ready
	moved chan struct{}
}

// NewGrowing returns rows of which those before begin are ready.
func NewGrowing(begin int) *Growing {
	return &Growing{ready: map[int]int{}, front: begin, moved: make(chan struct{})}
}

// Ready says that the rows from begin up to end are.
func (g *Growing) Ready(begin, end int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ready[begin] = end
	moved := false
	for {
		next, ok := g.ready[g.front]
		if !ok || next == g.front {
			break
		}
		delete(g.ready, g.front)
		g.front, moved = next, true
	}
	if moved {
		close(g.moved)
		g.moved = make(chan struct{})
	}
}

// await returns up to which row all are ready, once that is beyond row.
func (g *Growing) await(ctx context.Context, row int) (int, error) {
	for {
		g.mu.Lock()
		front, moved := g.front, g.moved
		g.mu.Unlock()
		if front > row {
			return front, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

// StartGather begins to give every wanted rank this rank's rows of values
// [n, width] as they become ready, and to fill the others' rows. It returns what
// waits for the end.
func StartGather[T Number](ctx context.Context, s *Session, values []T, bounds Bounds, width int, ready *Growing, wanted func(rank int) bool) (wait func() error) {
	return s.Start(ctx, func(peer int, w io.Writer) error {
		if !wanted(peer) {
			return nil
		}
		row, end := bounds.Of(s.rank)
		for row < end {
			front, err := ready.await(ctx, row)
			if err != nil {
				return err
			}
			if err := WriteValues(w, values[row*width:front*width]); err != nil {
				return err
			}
			row = front
		}
		return nil
	}, func(peer int, r io.Reader) error {
		if !wanted(s.rank) {
			return nil
		}
		begin, end := bounds.Of(peer)
		return ReadValues(r, "rows", values[begin*width:end*width])
	})
}
