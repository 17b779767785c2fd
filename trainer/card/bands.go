package card

import (
	"cmp"
	"slices"
)

// A Band is some of the items, by how well they sell.
type Band struct {
	Name        string  `json:"name"`
	Items       int     `json:"items"`
	Bought      float64 `json:"bought"`      // their share of the recent purchases
	Recommended float64 `json:"recommended"` // their share of the places in lists
}

// bands ranks the items by what was bought of them and sums over bands of the
// ranking. Items that nobody bought recently are the last band.
func bands(recommended, purchases []int) []Band {
	order := make([]int, len(purchases))
	sold, all, shown := 0, 0, 0
	for item := range order {
		order[item] = item
		all += purchases[item]
		shown += recommended[item]
		if purchases[item] > 0 {
			sold++
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(purchases[b], purchases[a]) })
	ends := []struct {
		name string
		end  int
	}{
		{"best-selling 1 %", (sold + 99) / 100},
		{"next 4 %", (sold*5 + 99) / 100},
		{"next 15 %", (sold*20 + 99) / 100},
		{"next 30 %", (sold*50 + 99) / 100},
		{"slowest half", sold},
		{"not bought lately", len(order)},
	}
	var result []Band
	begin := 0
	for _, e := range ends {
		band := Band{Name: e.name, Items: e.end - begin}
		for _, item := range order[begin:e.end] {
			band.Bought += float64(purchases[item])
			band.Recommended += float64(recommended[item])
		}
		band.Bought /= float64(max(1, all))
		band.Recommended /= float64(max(1, shown))
		result = append(result, band)
		begin = e.end
	}
	return result
}
