package model

import (
	"slices"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// A scratch is the memory that one search uses, of the catalogue's size. Between searches base holds
// what popularity alone scores, so that a search writes only what differs for its shopper.
type scratch struct {
	search  search
	base    []float32 // [items]: all of a score but the factors' part
	changed []int32   // rows of base that a search has changed, in any order
	grounds []float32 // [changed]: what they were
	rewrote bool      // whether a search may have changed any row of base, and not only those of changed
	own     []float32 // [items of the profile]: what each adds to its own score
	alphas  []float32 // [items of the profile]: what each one's neighbours are weighed with
	user    []float32 // [rank]
	query   vec.CodedQuery
	group   vec.CodedGroup
	dots    []float32  // [blockRows]
	scales  []float32  // [blockRows]
	pending []int32    // rows to be scored together
	bases   []float32  // [pending]: of each
	likely  likelyRows // that takeLikely has taken
	admit   bitmap
	other   bitmap
	best    worstFirst

	offsets     []int64 // what follows is of the one shopper, where that is not used as it lies
	text        []byte
	pastItems   []int32
	pastWeights []float32
}

func newScratch(s *scorer) *scratch {
	items := len(s.parameters.Popularity)
	memory := &scratch{
		base:   slices.Clone(s.ground()),
		user:   make([]float32, s.parameters.Config.Rank),
		dots:   make([]float32, blockRows),
		scales: make([]float32, blockRows),
		admit:  newBitmap(items),
		other:  newBitmap(items),
	}
	return memory
}

// fewChanged is how many times as many rows there must be as a search changes for it to be worth noting which.
const fewChanged = 8

// change notes which rows of base a profile changes, or that they are many.
func (m *scratch) change(profile Profile, itemItem CSR, fetching *vec.Sparse) {
	count := 0
	for _, item := range profile.Items {
		count += 1 + int(itemItem.Indptr[item+1]-itemItem.Indptr[item])
		if fewChanged*count > len(m.base) {
			m.rewrote = true
			return
		}
	}
	fetching.Fetch(profile.Items)
	for _, item := range profile.Items {
		neighbours, _ := itemItem.Row(int(item))
		m.changed = append(append(m.changed, item), neighbours...)
	}
	m.grounds = slices.Grow(m.grounds, len(m.changed))[:len(m.changed)]
	for i, row := range m.changed {
		m.grounds[i] = m.base[row]
	}
}

// reset forgets what was found.
func (m *scratch) reset() {
	m.best, m.pending, m.bases = m.best[:0], m.pending[:0], m.bases[:0]
}

// putBack gives the rows that takeLikely has taken their bases back.
func (m *scratch) putBack() {
	for i, row := range m.likely.rows {
		m.base[row] = m.likely.bases[i]
	}
	m.likely.reserve(0)
}

func (s *scorer) borrow() *scratch { return s.scratch.Get().(*scratch) }

func (s *scorer) giveBack(memory *scratch) {
	s.restore(memory)
	s.scratch.Put(memory)
}

// restore makes base what popularity alone scores.
func (s *scorer) restore(memory *scratch) {
	if memory.rewrote {
		copy(memory.base, s.ground())
	}
	for i, row := range memory.changed {
		memory.base[row] = memory.grounds[i]
	}
	memory.likely.reserve(0)
	memory.changed, memory.grounds, memory.rewrote, memory.best = memory.changed[:0], memory.grounds[:0], false, memory.best[:0]
}
