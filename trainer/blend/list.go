package blend

import (
	"cmp"
	"slices"
)

// A list keeps the best of the items it is offered, in any order; of equal scores
// it keeps the lower item.
type list struct {
	size    int
	entries []entry // a heap with the worst on top
	ranking []int32
}

type entry struct {
	item  int32
	score float32
}

func newList(size int) *list { return &list{size: size, entries: make([]entry, 0, size)} }

func (l *list) clear() { l.entries = l.entries[:0] }

func (l *list) offer(item int32, score float32) {
	if len(l.entries) == l.size {
		if l.size == 0 || !worse(l.entries[0], entry{item, score}) {
			return
		}
		l.entries[0] = entry{item, score}
		l.sink()
		return
	}
	l.entries = append(l.entries, entry{item, score})
	for i := len(l.entries) - 1; i > 0 && worse(l.entries[i], l.entries[(i-1)/2]); i = (i - 1) / 2 {
		l.entries[i], l.entries[(i-1)/2] = l.entries[(i-1)/2], l.entries[i]
	}
}

func (l *list) sink() {
	for i := 0; ; {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(l.entries); child++ {
			if worse(l.entries[child], l.entries[worst]) {
				worst = child
			}
		}
		if worst == i {
			return
		}
		l.entries[i], l.entries[worst] = l.entries[worst], l.entries[i]
		i = worst
	}
}

func worse(a, b entry) bool { return a.score < b.score || a.score == b.score && a.item > b.item }

// sorted returns the items, best first; the heap is spent.
func (l *list) sorted() []int32 {
	slices.SortFunc(l.entries, func(a, b entry) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.item, b.item)) })
	l.ranking = l.ranking[:0]
	for _, e := range l.entries {
		l.ranking = append(l.ranking, e.item)
	}
	return l.ranking
}
