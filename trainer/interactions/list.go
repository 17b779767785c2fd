package interactions

import "slices"

// List returns the log with items that nobody has had added, by ids; those it has
// already are passed over.
func (l *Log) List(ids []string) *Log {
	all := slices.Concat(l.Items, ids)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == len(l.Items) {
		return l
	}
	place := make([]int32, len(l.Items))
	for i, id := range l.Items {
		at, _ := slices.BinarySearch(all, id)
		place[i] = int32(at)
	}
	listed := *l
	listed.Items = all
	listed.Rows = slices.Clone(l.Rows)
	for i := range listed.Rows {
		listed.Rows[i].Item = place[listed.Rows[i].Item]
	}
	return &listed
}

// Had returns how many of the items the log has rows of: all but those that were
// listed.
func (l *Log) Had() int {
	seen := make([]bool, len(l.Items))
	had := 0
	for _, row := range l.Rows {
		if !seen[row.Item] {
			seen[row.Item] = true
			had++
		}
	}
	return had
}
