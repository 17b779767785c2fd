package events

import (
	"cmp"
	"slices"
	"time"
)

// Item is what is known of a product at a day's end.
type Item struct {
	ItemID   string `parquet:"item_id" json:"item_id"`
	Title    string `parquet:"title" json:"title"`
	Category string `parquet:"category,dict" json:"category,omitempty"`
	// Price is the newest price of one piece in the shop's currency; 0 where none is known.
	Price float64 `parquet:"price" json:"price"`
	// InStock is true unless the source says otherwise.
	InStock bool `parquet:"in_stock" json:"in_stock"`
	// FirstSeen and LastSeen are the times, in UTC, of the first and the newest event that
	// named the item.
	FirstSeen time.Time `parquet:"first_seen,timestamp(microsecond)" json:"first_seen"`
	LastSeen  time.Time `parquet:"last_seen,timestamp(microsecond)" json:"last_seen"`
}

// Merge returns what is known of an item when both i and o are known of it. The newer of the two
// speaks, the older fills in what the newer leaves empty. The order of i and o makes no difference,
// so days may be ingested in any order.
func (i Item) Merge(o Item) Item {
	newer, older := i, o
	if newerFirst(i, o) > 0 {
		newer, older = o, i
	}
	merged := newer
	merged.Title = cmp.Or(newer.Title, older.Title)
	merged.Category = cmp.Or(newer.Category, older.Category)
	merged.Price = cmp.Or(newer.Price, older.Price)
	if older.FirstSeen.Before(merged.FirstSeen) {
		merged.FirstSeen = older.FirstSeen
	}
	return merged
}

// newerFirst orders by LastSeen, newest first, and settles ties by content so that the order is
// total.
func newerFirst(a, b Item) int {
	return cmp.Or(
		b.LastSeen.Compare(a.LastSeen),
		cmp.Compare(b.Title, a.Title),
		cmp.Compare(b.Category, a.Category),
		cmp.Compare(b.Price, a.Price),
		compareBool(b.InStock, a.InStock),
		b.FirstSeen.Compare(a.FirstSeen),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// mergeItems joins two sets of items into one, sorted by ItemID.
func mergeItems(known, found []Item) []Item {
	byID := make(map[string]Item, len(known)+len(found))
	for _, items := range [][]Item{known, found} {
		for _, item := range items {
			if other, ok := byID[item.ItemID]; ok {
				item = item.Merge(other)
			}
			byID[item.ItemID] = item
		}
	}
	merged := make([]Item, 0, len(byID))
	for _, item := range byID {
		merged = append(merged, item)
	}
	slices.SortFunc(merged, func(a, b Item) int { return cmp.Compare(a.ItemID, b.ItemID) })
	return merged
}
