package model

import "sort"

const (
	// manyShoppers is how many bytes of shoppers' factors are too many to become resident bit by bit.
	manyShoppers = 16 << 20
	// firstsEvery is how many ids there are for each that a shoppers keeps in memory.
	firstsEvery = 64
)

// A shoppers reads what a model's files say of one shopper at a time. A request needs a few hundred bytes
// of hundreds of megabytes; from mapped memory each such row would make 64 kB and more of them resident.
// What its methods return lies in the scratch memory that they are given.
type shoppers struct {
	ids     idTable
	factors []float32 // [users, rank]
	past    CSR
	rank    int
	firsts  idTable  // every firstsEvery-th id, in memory
	tensors *mapping // that factors and past lie in
	index   *mapping // that ids lie in
}

// newShoppers returns a shoppers of a model that was loaded, or nil if the model has so few that they may
// as well be resident.
func newShoppers(m *Model, files map[string]*mapping) *shoppers {
	p, index := &m.parameters, files[fileUserIndex]
	if index == nil || 4*len(p.UserFactors) < manyShoppers {
		return nil
	}
	count := (m.users.len() + firstsEvery - 1) / firstsEvery
	return &shoppers{
		ids: m.users, factors: p.UserFactors, past: p.Past, rank: p.Config.Rank,
		firsts:  newIDTable(count, func(i int) string { return m.users.view(i * firstsEvery) }),
		tensors: files[fileTensors], index: index,
	}
}

// findShopper returns the row of a shopper. memory is that of the search that asks, here and below: what
// is returned may lie in it, or in the model's.
func (m *Model) findShopper(id string, memory *scratch) (row int, found bool) {
	if m.shoppers != nil {
		return m.shoppers.find(id, memory)
	}
	return m.UserIndex(id)
}

// knownProfile returns the own past of the shopper of a row, decayed to the model's as-of.
func (m *Model) knownProfile(row int, memory *scratch) Profile {
	if m.shoppers != nil {
		return m.shoppers.profile(row, memory)
	}
	items, weights := m.parameters.Past.Row(row)
	return Profile{Items: items, Weights: weights}
}

// knownFactor returns the factors of the shopper of a row.
func (m *Model) knownFactor(row int, memory *scratch) []float32 {
	if m.shoppers != nil {
		return m.shoppers.factor(row, memory)
	}
	return m.UserFactor(row)
}

func (s *shoppers) find(id string, memory *scratch) (row int, found bool) {
	after := sort.Search(s.firsts.len(), func(i int) bool { return s.firsts.view(i) > id })
	if after == 0 {
		return 0, false
	}
	begin := (after - 1) * firstsEvery
	end := min(begin+firstsEvery, s.ids.len())
	offsets := copied(s.index, s.ids.offsets[begin:end+1], &memory.offsets)
	text := copied(s.index, s.ids.text[offsets[0]:offsets[end-begin]], &memory.text)
	at := func(i int) string { return string(text[offsets[i]-offsets[0] : offsets[i+1]-offsets[0]]) }
	place := sort.Search(end-begin, func(i int) bool { return at(i) >= id })
	return begin + place, place < end-begin && at(place) == id
}

func (s *shoppers) profile(row int, memory *scratch) Profile {
	offsets := copied(s.tensors, s.past.Indptr[row:row+2], &memory.offsets)
	begin, end := offsets[0], offsets[1]
	return Profile{
		Items:   copied(s.tensors, s.past.Indices[begin:end:end], &memory.pastItems),
		Weights: copied(s.tensors, s.past.Weights[begin:end:end], &memory.pastWeights),
	}
}

func (s *shoppers) factor(row int, memory *scratch) []float32 {
	return copied(s.tensors, s.factors[row*s.rank:(row+1)*s.rank], &memory.user)
}
