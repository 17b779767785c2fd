package interactions

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// ordered returns those of distinct names that are used, ascending, and the place
// of each name among them; -1 where it isn't used.
func ordered(names []string, used []bool) (ascending []string, places []int32) {
	same := commonPrefix(names)
	keys := make([]keyed, 0, len(names))
	for code, name := range names {
		if used[code] {
			keys = append(keys, keyed{leading(name[same:]), int32(code)})
		}
	}
	keys = sorted(keys, make([]keyed, len(keys)))
	byName := func(a, b keyed) int { return cmp.Compare(names[a.place], names[b.place]) }
	for begin, end := 0, 0; begin < len(keys); begin = end {
		for end = begin + 1; end < len(keys) && keys[end].key == keys[begin].key; {
			end++
		}
		slices.SortFunc(keys[begin:end], byName)
	}
	ascending, places = make([]string, len(keys)), make([]int32, len(names))
	for code := range places {
		places[code] = -1
	}
	for place, k := range keys {
		ascending[place], places[k.place] = names[k.place], int32(place)
	}
	return ascending, places
}

// commonPrefix returns how many bytes all names begin with alike: shops number
// their shoppers, behind a word.
func commonPrefix(names []string) int {
	if len(names) == 0 {
		return 0
	}
	first := names[0]
	same := len(first)
	for _, name := range names {
		same = min(same, len(name))
		for i := range same {
			if name[i] != first[i] {
				same = i
				break
			}
		}
	}
	return same
}

// leading returns a number that orders names by their first eight bytes.
func leading(name string) uint64 {
	var first [8]byte
	copy(first[:], name)
	return binary.BigEndian.Uint64(first[:])
}

// union returns the names that any of the lists has, each of which ascends.
func union(lists [][]string) []string {
	if len(lists) == 1 {
		return lists[0]
	}
	a, b := union(lists[:len(lists)/2]), union(lists[len(lists)/2:])
	all := make([]string, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		order := cmp.Compare(a[0], b[0])
		if order <= 0 {
			all = append(all, a[0])
			a = a[1:]
		} else {
			all = append(all, b[0])
		}
		if order >= 0 {
			b = b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// placesIn returns the places of names, which ascend, in all, which has them and
// ascends too.
func placesIn(all, names []string) []int32 {
	places := make([]int32, len(names))
	at := 0
	for i, name := range names {
		for all[at] != name {
			at++
		}
		places[i] = int32(at)
	}
	return places
}
