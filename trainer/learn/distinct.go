package learn

import "github.com/daybreak-ml/daybreak/trainer/interactions"

// shoppersOf returns how many shoppers each item of a log has had in the admitted
// rows.
func shoppersOf(log *interactions.Log, admit func(interactions.Row) bool) []int {
	return distinct(log.Rows, len(log.Items), len(log.Users), func(r interactions.Row) (counted, each int32, ok bool) { return r.Item, r.User, admit(r) })
}

// itemsOf returns how many items each shopper of a log has had.
func itemsOf(log *interactions.Log) []int {
	return distinct(log.Rows, len(log.Users), len(log.Items), func(r interactions.Row) (counted, each int32, ok bool) { return r.User, r.Item, true })
}

// distinct counts, for each of n numbers that pair gives first, how many others, of
// which there are so many, it comes with. It puts rows of a number together first: a
// year's are too many to look up one by one.
func distinct(rows []interactions.Row, n, others int, pair func(interactions.Row) (counted, each int32, ok bool)) []int {
	next := make([]int, n+1) // where a number's others are put
	for _, row := range rows {
		if counted, _, ok := pair(row); ok {
			next[counted+1]++
		}
	}
	for number := range n {
		next[number+1] += next[number]
	}
	grouped := make([]int32, next[n])
	for _, row := range rows {
		if counted, each, ok := pair(row); ok {
			grouped[next[counted]] = each
			next[counted]++
		}
	}
	counts := make([]int, n)
	seenBy := make([]int32, others) // the last number that came with it, from 1
	begin := 0
	for number := range n {
		for _, each := range grouped[begin:next[number]] {
			if seenBy[each] != int32(number)+1 {
				seenBy[each] = int32(number) + 1
				counts[number]++
			}
		}
		begin = next[number]
	}
	return counts
}
