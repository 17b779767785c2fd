package events

import "hash/maphash"

// places finds texts in a list of distinct ones by their hashes. It takes 16 bytes or less a text
// beside the list, where a map takes five times as much and misses the caches more often: days have
// many shoppers and items, and each is looked up every day.
type places struct {
	slots []slot // a power of two of them, at most half of them taken
	taken int
	seed  maphash.Seed
}

// slot holds the place of a text, counted from 1; 0 where there is none.
type slot struct {
	hash  uint32
	place int32
}

const fewestSlots = 1 << 10

// find returns the place of a text among values. Where it isn't found, it is given the place behind
// the last, where the caller has to put it.
func (p *places) find(text []byte, values []string) (place int32, found bool) {
	if 2*p.taken >= len(p.slots) {
		p.grow()
	}
	hash := uint32(maphash.Bytes(p.seed, text))
	mask := uint32(len(p.slots) - 1)
	at := hash & mask
	for ; p.slots[at].place != 0; at = (at + 1) & mask {
		if s := p.slots[at]; s.hash == hash && values[s.place-1] == string(text) { // the compiler makes no string here
			return s.place - 1, true
		}
	}
	p.taken++
	p.slots[at] = slot{hash, int32(len(values)) + 1}
	return int32(len(values)), false
}

// grow makes room for twice as many.
func (p *places) grow() {
	if p.slots == nil {
		p.seed = maphash.MakeSeed()
	}
	before := p.slots
	p.slots = make([]slot, max(fewestSlots, 2*len(before)))
	mask := uint32(len(p.slots) - 1)
	for _, s := range before {
		if s.place == 0 {
			continue
		}
		at := s.hash & mask
		for p.slots[at].place != 0 {
			at = (at + 1) & mask
		}
		p.slots[at] = s
	}
}

func (p *places) clear() {
	clear(p.slots)
	p.taken = 0
}
