package ranks

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Block is how many rows are summed before the sums are, and dealt out together.
// The sums depend on it, so it never depends on the ranks.
const Block = 256

// Bounds say which rows are whose: rank r has those from Bounds[r] up to
// Bounds[r+1], whole blocks of them.
type Bounds []int

// Of returns the rows of a rank.
func (b Bounds) Of(rank int) (begin, end int) { return b[rank], b[rank+1] }

// Owner returns the rank that has a row.
func (b Bounds) Owner(row int) int {
	return sort.Search(len(b)-2, func(rank int) bool { return b[rank+1] > row })
}

// Rows is the number of rows in all.
func (b Bounds) Rows() int { return b[len(b)-1] }

// blocks returns the blocks of a rank.
func (b Bounds) blocks(rank int) (begin, end int) {
	return blocksOf(b[rank]), blocksOf(b[rank+1])
}

func blocksOf(rows int) int { return (rows + Block - 1) / Block }

// Split deals rows out in whole blocks, so that the costs of the parts are as
// equal as blocks allow.
func Split(rows, parts int, cost func(row int) float64) Bounds {
	var total float64
	upTo := make([]float64, blocksOf(rows)+1) // the cost before each block
	for row := range rows {
		total += cost(row)
		upTo[row/Block+1] = total
	}
	bounds := make(Bounds, parts+1)
	block := 0
	for part := 1; part < parts; part++ {
		target := total * float64(part) / float64(parts)
		for block < len(upTo)-1 && upTo[block+1]-target <= target-upTo[block] {
			block++
		}
		bounds[part] = min(block*Block, rows)
	}
	bounds[parts] = rows
	return bounds
}

// node is a place in the tree of sums: it covers the blocks from index<<level up
// to (index+1)<<level, as far as there are any.
type node struct{ level, index int }

// cover returns the largest nodes that together are the blocks from begin up to
// end, ascending.
func cover(begin, end int) []node {
	var nodes []node
	for begin < end {
		level := bits.Len(uint(end-begin)) - 1
		if begin > 0 {
			level = min(level, bits.TrailingZeros(uint(begin)))
		}
		nodes = append(nodes, node{level, begin >> level})
		begin += 1 << level
	}
	return nodes
}

// split returns the nodes that make up n, all of at most the given level.
func (n node) split(level int) []node {
	if n.level <= level {
		return []node{n}
	}
	return append(node{n.level - 1, 2 * n.index}.split(level), node{n.level - 1, 2*n.index + 1}.split(level)...)
}

// parent is the node that n is half of; sibling is the other half.
func (n node) parent() node  { return node{n.level + 1, n.index / 2} }
func (n node) sibling() node { return node{n.level, n.index ^ 1} }

// sums are what is known of a tree of sums over a number of blocks.
type sums[T Number] struct {
	blocks  int
	known   map[node][]T
	release func([]T) // is given the memory of sums that went into others; nil for nobody
}

// at returns the sum at a node, nil if there is no block below it. It adds what
// is known in place.
func (s sums[T]) at(n node) []T {
	if sum, ok := s.known[n]; ok {
		return sum
	}
	if n.level == 0 || n.index<<n.level >= s.blocks {
		return nil
	}
	left, right := s.at(node{n.level - 1, 2 * n.index}), s.at(node{n.level - 1, 2*n.index + 1})
	if left == nil {
		return right
	}
	for i, value := range right {
		left[i] += value
	}
	if s.release != nil && right != nil {
		s.release(right)
	}
	return left
}

// total is the sum of all blocks.
func (s sums[T]) total() []T {
	return s.at(node{level: bits.Len(uint(max(0, s.blocks-1)))})
}

// sliced is how many values of a sum a rank adds up for all, at least. Where there
// are fewer, every rank adds up all of them rather than wait for others twice.
const sliced = 256

// Sum adds up vectors [width], one for each block of rows, each made by the rank
// that has the rows; every rank gets the total. The additions are the same
// whatever the bounds. add adds a block's vector, for the rows from begin up to
// end, to one that is zero; several goroutines call it at once. The vectors lie in
// memory of spare, nil for none, which has it again afterwards, but for the total's.
func Sum[T Number](ctx context.Context, s *Session, bounds Bounds, width int, spare *Spare[T], add func(begin, end int, sum []T)) ([]T, error) {
	if spare == nil {
		spare = &Spare[T]{}
	}
	all := sums[T]{blocks: blocksOf(bounds.Rows()), known: map[node][]T{}}
	begin, end := bounds.blocks(s.rank)
	if err := all.measure(ctx, spare, cover(begin, end), width, bounds.Rows(), add); err != nil {
		return nil, err
	}
	if s.size == 1 {
		all.release = spare.Give
		if total := all.total(); total != nil {
			return total, nil
		}
		return make([]T, width), nil
	}
	slice := func(int) (begin, end int) { return 0, width }
	if width >= sliced*s.size {
		slice = func(rank int) (begin, end int) { return rank * width / s.size, (rank + 1) * width / s.size }
	}
	own, err := all.exchange(ctx, s, bounds, slice)
	if err != nil {
		return nil, err
	}
	total := spare.take(width)
	begin, end = slice(s.rank)
	copy(total[begin:end], own)
	if len(own) < width {
		err = s.Exchange(ctx, func(_ int, w io.Writer) error { return WriteValues(w, own) }, func(peer int, r io.Reader) error {
			begin, end := slice(peer)
			return ReadValues(r, "a slice of a total", total[begin:end])
		})
	}
	for _, sum := range all.known {
		spare.Give(sum)
	}
	return total, err
}

// exchange gives each rank its slice of this rank's sums, and returns the total of
// this rank's slice.
func (s sums[T]) exchange(ctx context.Context, session *Session, bounds Bounds, slice func(rank int) (begin, end int)) ([]T, error) {
	nodes := func(rank int) []node {
		begin, end := bounds.blocks(rank)
		return cover(begin, end)
	}
	begin, end := slice(session.rank)
	received := make([][]T, session.size)
	err := session.Exchange(ctx, func(peer int, w io.Writer) error {
		begin, end := slice(peer)
		for _, n := range nodes(session.rank) {
			if err := WriteValues(w, s.known[n][begin:end]); err != nil {
				return err
			}
		}
		return nil
	}, func(peer int, r io.Reader) error {
		received[peer] = make([]T, len(nodes(peer))*(end-begin))
		return ReadValues(r, "sums", received[peer])
	})
	if err != nil {
		return nil, err
	}
	total := sums[T]{blocks: s.blocks, known: map[node][]T{}}
	for n, sum := range s.known {
		total.known[n] = sum[begin:end]
	}
	for peer, values := range received {
		if peer == session.rank {
			continue
		}
		for i, n := range nodes(peer) {
			total.known[n] = values[i*(end-begin) : (i+1)*(end-begin)]
		}
	}
	if sum := total.total(); sum != nil {
		return sum, nil
	}
	return make([]T, end-begin), nil
}

// tasksPerCore is into how many parts a core's share of a sum is cut, so that
// none waits long for another, and few sums are held at a time: one for each level of
// the tree above a part, and inside of it for each core.
const tasksPerCore = 16

// measure makes the sums at the given nodes.
func (s sums[T]) measure(ctx context.Context, spare *Spare[T], nodes []node, width, rows int, add func(begin, end int, sum []T)) error {
	blocks := 0
	for _, n := range nodes {
		blocks += 1 << n.level
	}
	cores := runtime.GOMAXPROCS(0)
	level := bits.Len(uint(max(1, blocks/(tasksPerCore*cores)))) - 1
	var parts []node
	for _, n := range nodes {
		parts = append(parts, n.split(level)...)
	}
	var lock sync.Mutex // of what is known
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range cores {
		group.Go(func() error {
			a := adder[T]{width: width, rows: rows, add: add, spare: spare}
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					return nil
				}
				sum := a.below(parts[i])
				// Sums go into their parents' as soon as both are there, so that few are held at a time.
				for at := parts[i]; ; at = at.parent() {
					lock.Lock()
					beside, both := s.known[at.sibling()]
					if !both || slices.Contains(nodes, at) {
						s.known[at] = sum
						lock.Unlock()
						break
					}
					delete(s.known, at.sibling())
					lock.Unlock()
					if at.index%2 == 1 {
						sum, beside = beside, sum
					}
					sum = a.join(sum, beside)
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// An adder makes sums, in the memory of those that went into others.
type adder[T Number] struct {
	width, rows int
	add         func(begin, end int, sum []T)
	spare       *Spare[T]
}

// below makes the sum at a node from its blocks.
func (a *adder[T]) below(n node) []T {
	if n.level == 0 {
		sum := a.zeros()
		a.add(n.index*Block, min((n.index+1)*Block, a.rows), sum)
		return sum
	}
	left := a.below(node{n.level - 1, 2 * n.index})
	right := a.below(node{n.level - 1, 2*n.index + 1})
	return a.join(left, right)
}

// join adds right to left, and has its memory for other sums.
func (a *adder[T]) join(left, right []T) []T {
	for i, value := range right {
		left[i] += value
	}
	a.spare.Give(right)
	return left
}

func (a *adder[T]) zeros() []T {
	sum := a.spare.take(a.width)
	clear(sum)
	return sum
}

// Write writes the bounds.
func (b Bounds) Write(w io.Writer) error {
	values := make([]int64, len(b))
	for i, bound := range b {
		values[i] = int64(bound)
	}
	return WriteSlice(w, values)
}

// ReadBounds reads the bounds of a number of ranks, and checks that they are some.
func ReadBounds(r io.Reader, size int) (Bounds, error) {
	values, err := ReadSlice[int64](r, "bounds")
	if err != nil {
		return nil, err
	}
	if len(values) != size+1 || values[0] != 0 {
		return nil, fmt.Errorf("read bounds: %d of them for %d ranks, from the first on", len(values), size)
	}
	b := make(Bounds, len(values))
	for i, value := range values {
		if i > 0 && value < values[i-1] || value > math.MaxInt32 {
			return nil, fmt.Errorf("read bounds: %v don't ascend to at most %d", values, math.MaxInt32)
		}
		b[i] = int(value)
	}
	return b, nil
}
