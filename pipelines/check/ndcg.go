package check

import "math"

// discount is what a hit at each place of a list counts for, and ideal[n-1] what a list whose first
// n places are hits reaches.
func discount(place int) float64 { return 1 / math.Log2(float64(place+2)) }

func ideal(hits int) float64 {
	sum := 0.0
	for place := range min(hits, listLength) {
		sum += discount(place)
	}
	return sum
}

// ndcg is NDCG@20 with binary gains of a list for a basket that holds an item or more.
func ndcg(list []int32, basket map[int32]bool) float64 {
	sum := 0.0
	for place, item := range list {
		if basket[item] {
			sum += discount(place)
		}
	}
	return sum / ideal(len(basket))
}
