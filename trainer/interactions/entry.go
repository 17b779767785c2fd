package interactions

// An entry is a row of a log on its way into a matrix.
type entry struct {
	user, item int32
	weight     float32
}

// byUserAndItem returns the entries ordered by user, then item, those of one cell
// as they came. It counts rather than compares, as all of a year's are ordered
// whenever a setting is tried. The entries themselves are of no further use.
func byUserAndItem(entries []entry, users, items int) []entry {
	other := make([]entry, len(entries))
	distribute(entries, other, items, func(e entry) int32 { return e.item })
	distribute(other, entries, users, func(e entry) int32 { return e.user })
	return entries
}

// distribute writes the entries in the order of their keys, less than n, to other;
// those of one key as they came.
func distribute(entries, other []entry, n int, key func(entry) int32) {
	starts := make([]int, n+1)
	for _, e := range entries {
		starts[key(e)+1]++
	}
	for k := range n {
		starts[k+1] += starts[k]
	}
	for _, e := range entries {
		k := key(e)
		other[starts[k]] = e
		starts[k]++
	}
}
