// Package metrics measures a ranking against what a shopper then bought.
package metrics

import "math"

// Recall returns how much of the truth is in the first k of the ranking, divided
// by the most that could be: min(k, len(truth)). Both hold row numbers of items,
// the ranking each at most once.
func Recall(ranking []int32, truth map[int32]bool, k int) float64 {
	hits := 0
	for _, item := range ranking[:min(k, len(ranking))] {
		if truth[item] {
			hits++
		}
	}
	return float64(hits) / float64(max(1, min(k, len(truth))))
}

// NDCG returns the normalised discounted cumulative gain of the first k of the
// ranking, with gain 1 for an item of the truth and discount log2(1 + place).
func NDCG(ranking []int32, truth map[int32]bool, k int) float64 {
	var gain, ideal float64
	for place, item := range ranking[:min(k, len(ranking))] {
		if truth[item] {
			gain += discount(place)
		}
	}
	for place := range min(k, len(truth)) {
		ideal += discount(place)
	}
	if ideal == 0 {
		return 0
	}
	return gain / ideal
}

// HitRate returns 1 where any of the first k of the ranking is in the truth, else 0.
func HitRate(ranking []int32, truth map[int32]bool, k int) float64 {
	for _, item := range ranking[:min(k, len(ranking))] {
		if truth[item] {
			return 1
		}
	}
	return 0
}

func discount(place int) float64 { return 1 / math.Log2(float64(place)+2) }
