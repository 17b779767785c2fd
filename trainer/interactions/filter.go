package interactions

// Filter returns the log with only the rows for which keep, given a row and its
// place, is true, and only the shoppers and items that these have. A log that
// keeps everything is returned as it is.
func (l *Log) Filter(keep func(place int, row Row) bool) *Log {
	users, items := make([]int32, len(l.Users)), make([]int32, len(l.Items))
	rows := make([]Row, 0, len(l.Rows))
	for place, row := range l.Rows {
		if keep(place, row) {
			users[row.User], items[row.Item] = 1, 1
			rows = append(rows, row)
		}
	}
	if len(rows) == len(l.Rows) {
		return l
	}
	filtered := *l
	filtered.Users, filtered.Items = compact(l.Users, users), compact(l.Items, items)
	for i, row := range rows {
		rows[i].User, rows[i].Item = users[row.User], items[row.Item]
	}
	filtered.Rows = rows
	return &filtered
}
