package model

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// An itemTable is what a model knows of its items beside their factors: what requests ask for
// compactly, the rest only when asked.
type itemTable struct {
	ids        idTable
	categories []string // in order
	category   []int32  // [items]: places in categories
	inStock    bitmap

	byCategory func() [][]int32           // rows of each category, made when a request first filters by one
	details    func() ([]ItemInfo, error) // as items.parquet has them, read when first asked for
}

// newItemTable returns the table of items that are at hand.
func newItemTable(items []ItemInfo) *itemTable {
	t := &itemTable{
		ids:      newIDTable(len(items), func(i int) string { return items[i].ID }),
		category: make([]int32, len(items)),
		inStock:  newBitmap(len(items)),
		details:  func() ([]ItemInfo, error) { return items, nil },
	}
	categories := map[string]bool{}
	for _, item := range items {
		categories[item.Category] = true
	}
	t.categories = slices.Sorted(maps.Keys(categories))
	for i, item := range items {
		place, _ := slices.BinarySearch(t.categories, item.Category)
		t.category[i] = int32(place)
		if item.InStock {
			t.inStock.set(i)
		}
	}
	t.byCategory = sync.OnceValue(t.groupByCategory)
	return t
}

// groupByCategory returns the rows of each category, ascending, in one piece of memory.
func (t *itemTable) groupByCategory() [][]int32 {
	counts := make([]int, len(t.categories))
	for _, category := range t.category {
		counts[category]++
	}
	rest := make([]int32, len(t.category))
	groups := make([][]int32, len(t.categories))
	for category, count := range counts {
		groups[category], rest = rest[:0:count], rest[count:]
	}
	for i, category := range t.category {
		groups[category] = append(groups[category], int32(i))
	}
	return groups
}

// info returns what is known of an item. Title and price are left out where items.parquet can't be
// read, which only a folder can have that was never whole.
func (t *itemTable) info(i int) ItemInfo {
	if all, err := t.details(); err == nil {
		return all[i]
	}
	return ItemInfo{ID: t.ids.id(i), Category: t.categories[t.category[i]], InStock: t.inStock.has(i)}
}

// validate reports what would make filters or lookups go wrong.
func (t *itemTable) validate() error {
	if err := t.ids.validate("items"); err != nil {
		return err
	}
	for i, category := range t.category {
		if category < 0 || int(category) >= len(t.categories) {
			return fmt.Errorf("items: category of row %d is %d; there are %d", i, category, len(t.categories))
		}
	}
	if !slices.IsSorted(t.categories) || len(t.category) != t.ids.len() || len(t.inStock) != len(newBitmap(t.ids.len())) {
		return fmt.Errorf("items: %d ids, %d categories of items and %d words of stock don't fit", t.ids.len(), len(t.category), len(t.inStock))
	}
	return nil
}
