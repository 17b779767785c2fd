package model

import "github.com/daybreak-ml/daybreak/model/vec"

// A scratch is the memory that one search uses, of the catalogue's size. Between searches base holds
// what popularity alone scores, so that a search writes only what differs for its shopper.
type scratch struct {
	search  search
	base    []float32 // [items]: all of a score but the factors' part
	changed []int32   // rows of base that a search has changed, in any order
	rewrote bool      // whether a search has changed all of base
	user    []float32 // [rank]
	one     []float32 // [1]
	query   vec.CodedQuery
	group   vec.CodedGroup
	dots    []float32 // [blockRows]
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
		base:  make([]float32, items),
		user:  make([]float32, s.parameters.Config.Rank),
		one:   make([]float32, 1),
		dots:  make([]float32, blockRows),
		admit: newBitmap(items),
		other: newBitmap(items),
	}
	memory.rewrote = true
	s.restore(memory)
	return memory
}

func (s *scorer) borrow() *scratch { return s.scratch.Get().(*scratch) }

func (s *scorer) giveBack(memory *scratch) {
	s.restore(memory)
	s.scratch.Put(memory)
}

// restore makes base what popularity alone scores.
func (s *scorer) restore(memory *scratch) {
	popularity := s.parameters.Popularity
	if memory.rewrote {
		for i, p := range popularity {
			memory.base[i] = s.blend.popularity * p
		}
	}
	for _, row := range memory.changed {
		memory.base[row] = s.blend.popularity * popularity[row]
	}
	memory.changed, memory.rewrote, memory.best = memory.changed[:0], false, memory.best[:0]
}
