package ials

import "math"

// What a row costs to solve, by which rows are dealt out to ranks, is counted in the
// entries of a short row. Nothing of a model depends on it.

const (
	// overhead is what a row costs before its first entry.
	overhead = 20
	// steepness says how much dearer entries become where there are many: such a row
	// takes more steps, and its entries are out of the near caches when these come to
	// them again. An entry is worth 1 + steepness·√entries, but no more than dearest.
	steepness, dearest = 0.035, 3.5
)

// descentCost is that of a row that is solved by conjugate gradients. Measured with
// 128 factors, from 50 entries a row to 1900.
func descentCost(entries int) float64 {
	n := float64(entries)
	return overhead + n*min(1+steepness*math.Sqrt(n), dearest)
}

// exactCost returns that of a row whose system is made and decomposed: an outer
// product for each entry, and a decomposition worth a third of the rank in them.
func exactCost(rank int) func(entries int) float64 {
	return func(entries int) float64 { return float64(rank)/3 + float64(entries) }
}
