package interactions

import "math/bits"

// A keyed names something by its place and orders it.
type keyed struct {
	key   uint64
	place int32
}

// mostDigit is how many bits of a key are counted at a time, at most.
const mostDigit = 11

// sorted returns the keys in their order, those alike as they came. It counts
// digits rather than compares, those alone that differ between keys, as a year of
// rows is too many to compare. The keys themselves are of no further use, nor is
// other, which has their length.
func sorted(keys, other []keyed) []keyed {
	var differ uint64 // bits in which keys do
	for _, k := range keys {
		differ |= k.key ^ keys[0].key
	}
	low := bits.TrailingZeros64(differ)
	width := max(0, bits.Len64(differ)-low)
	passes := (width + mostDigit - 1) / mostDigit
	for pass := range passes {
		digit := (width + passes - 1) / passes
		shift, mask := low+pass*digit, uint64(1)<<digit-1
		var starts [1 << mostDigit]int32
		for _, k := range keys {
			starts[k.key>>shift&mask]++
		}
		sum := int32(0)
		for i, count := range starts[:mask+1] {
			starts[i], sum = sum, sum+count
		}
		for _, k := range keys {
			bucket := k.key >> shift & mask
			other[starts[bucket]] = k
			starts[bucket]++
		}
		keys, other = other, keys
	}
	return keys
}

// An order puts a day's rows in order, reusing its memory.
type order struct {
	users, items []int32 // the numbers of the codes that rows come with
	width        uint64  // how many items there are
	keys, other  []keyed
}

// merge appends a day's rows to merged, numbered anew and in the order of their
// users, then items: one for each of these, the weightiest.
func (o *order) merge(merged, rows []Row) []Row {
	o.keys = o.keys[:0]
	for i, row := range rows {
		key := uint64(o.users[row.User])*o.width + uint64(o.items[row.Item])
		o.keys = append(o.keys, keyed{key, int32(i)})
	}
	if len(o.other) < len(o.keys) {
		o.other = make([]keyed, len(o.keys))
	}
	last := ^uint64(0) // which no key is
	for _, k := range sorted(o.keys, o.other[:len(o.keys)]) {
		row := rows[k.place]
		if k.key == last {
			kept := &merged[len(merged)-1]
			kept.Bought = kept.Bought || row.Bought
			kept.Weight = max(kept.Weight, row.Weight)
			continue
		}
		last = k.key
		row.User, row.Item = o.users[row.User], o.items[row.Item]
		merged = append(merged, row)
	}
	return merged
}
