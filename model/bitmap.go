package model

import (
	"math/bits"
	"slices"
)

// A bitmap is a set of rows, a bit for each.
type bitmap []uint64

func newBitmap(n int) bitmap { return make(bitmap, (n+63)/64) }

func (b bitmap) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitmap) clear(i int)    { b[i>>6] &^= 1 << (i & 63) }
func (b bitmap) has(i int) bool { return b[i>>6]>>(i&63)&1 == 1 }

// count returns how many rows are in b.
func (b bitmap) count() (rows int) {
	for _, word := range b {
		rows += bits.OnesCount64(word)
	}
	return rows
}

// fill makes b the set of the rows below n.
func (b bitmap) fill(n int) {
	for w := range b {
		b[w] = ^uint64(0)
	}
	if n&63 != 0 {
		b[len(b)-1] = 1<<(n&63) - 1
	}
}

// keep takes out of b what isn't in other.
func (b bitmap) keep(other bitmap) {
	for w := range b {
		b[w] &= other[w]
	}
}

// admitted makes into the set of rows that a request's filters let through, with seen, rows that
// exclude_seen takes out. other is memory of the same size.
func (m *Model) admitted(req Request, seen []int32, into, other bitmap) {
	into.fill(m.Items())
	if req.InStock {
		into.keep(m.items.inStock)
	}
	if len(req.Categories) > 0 {
		clear(other)
		groups := m.items.byCategory()
		for _, category := range req.Categories {
			if place, found := slices.BinarySearch(m.items.categories, category); found {
				for _, row := range groups[place] {
					other.set(int(row))
				}
			}
		}
		into.keep(other)
	}
	if len(req.Allow) > 0 {
		clear(other)
		for _, id := range req.Allow {
			if row, known := m.ItemIndex(id); known {
				other.set(row)
			}
		}
		into.keep(other)
	}
	for _, id := range req.Exclude {
		if row, known := m.ItemIndex(id); known {
			into.clear(row)
		}
	}
	for _, row := range seen {
		into.clear(int(row))
	}
}
